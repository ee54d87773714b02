/** The naive stack on `pool.request`. */
import { Pool } from 'undici'
import { naiveStack } from '../naive-stack.js'
import { createTarget } from '../target.js'

/** @param {import('../target.js').TargetOptions} options */
export function open(options) {
  const { origin, path, headers, json, isRight, connectOptions } = createTarget(options)
  const pool = new Pool(origin, connectOptions)
  const stack = naiveStack(async (signal) => {
    const { statusCode, body } = await pool.request({ method: 'GET', path, headers, signal })
    return { status: statusCode, body: json ? await body.json() : await body.arrayBuffer() }
  })
  async function call() {
    const { status, body } = await stack.call()
    return isRight(status, body)
  }
  function close() {
    stack.close()
    return pool.close()
  }
  return { call, close }
}
