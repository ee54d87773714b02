/** undici's own `fetch` with an agent. */
import { Agent, fetch } from 'undici'
import { fetchWith } from '../fetch-call.js'
import { createTarget } from '../target.js'

/** @param {import('../target.js').TargetOptions} options */
export function open(options) {
  const target = createTarget(options)
  const dispatcher = new Agent(target.connectOptions)
  const call = fetchWith(fetch, target.url, { headers: target.headers, dispatcher }, target)
  return { call, close: () => dispatcher.close() }
}
