/** Load without wrk: single calls over undici, for the harness's contender process to drive. */
import { Pool } from 'undici'
import { order } from '../../payloads.js'
import { path } from './application.js'

/**
 * @param {{ port: number, tokens: readonly string[], connections: number }} options
 * @returns {Promise<import('../../harness/contender-process.js').Exchange>}
 */
export async function open({ port, tokens, connections }) {
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections })
  let last = 0
  async function call() {
    last = (last + 1) % tokens.length
    const headers = { authorization: `Bearer ${tokens[last]}` }
    const { statusCode, body } = await pool.request({ path, method: 'GET', headers })
    const reply = await body.json()
    return statusCode === 200 && reply.id === order.id
  }
  return { call, close: () => pool.close() }
}
