/** The naive stack on `undici.fetch`. */
import { Agent, fetch } from 'undici'
import { naiveStack } from '../naive-stack.js'
import { createTarget } from '../target.js'

/** @param {import('../target.js').TargetOptions} options */
export function open(options) {
  const { url, headers, json, isRight, connectOptions } = createTarget(options)
  const dispatcher = new Agent(connectOptions)
  const stack = naiveStack(async (signal) => {
    const response = await fetch(url, { headers, signal, dispatcher })
    return { status: response.status, body: json ? await response.json() : await response.arrayBuffer() }
  })
  async function call() {
    const { status, body } = await stack.call()
    return isRight(status, body)
  }
  function close() {
    stack.close()
    return dispatcher.close()
  }
  return { call, close }
}
