/** `undici.request(url, { dispatcher })`: the "bare undici.request" of the goals, what people write. */
import { Agent, request } from 'undici'
import { createTarget } from '../target.js'

/** @param {import('../target.js').TargetOptions} options */
export function open(options) {
  const { url, headers, json, isRight, connectOptions } = createTarget(options)
  const dispatcher = new Agent(connectOptions)
  async function call() {
    const { statusCode, body } = await request(url, { dispatcher, headers })
    return isRight(statusCode, json ? await body.json() : await body.arrayBuffer())
  }
  return { call, close: () => dispatcher.close() }
}
