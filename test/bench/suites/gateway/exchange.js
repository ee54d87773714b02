/** The load of machines without wrk: undici, in the process that drives contenders. */
import { Pool } from 'undici'
import { expected } from './requests.js'

/** @param {import('./requests.js').Requests & { port: number }} options */
export function open({ port, path, headers, tokens }) {
  const pool = new Pool(`http://127.0.0.1:${port}`)
  let last = 0
  async function call() {
    last = (last + 1) % tokens.length
    const authorization = `Bearer ${tokens[last]}`
    const { statusCode, body } = await pool.request({ method: 'GET', path, headers: { ...headers, authorization } })
    return expected.equals(Buffer.from(await body.arrayBuffer())) && statusCode === 200
  }
  return { call, close: () => pool.close() }
}
