/** `pool.request`: undici's request without the agent's lookup of the origin. */
import { Pool } from 'undici'
import { createTarget } from '../target.js'

/** @param {import('../target.js').TargetOptions} options */
export function open(options) {
  const { origin, path, headers, json, isRight, connectOptions } = createTarget(options)
  const pool = new Pool(origin, connectOptions)
  async function call() {
    const { statusCode, body } = await pool.request({ method: 'GET', path, headers })
    return isRight(statusCode, json ? await body.json() : await body.arrayBuffer())
  }
  return { call, close: () => pool.close() }
}
