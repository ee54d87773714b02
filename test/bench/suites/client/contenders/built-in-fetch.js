/** The built-in `fetch`, as most people call it. */
import { Agent } from 'undici'
import { fetchWith } from '../fetch-call.js'
import { createTarget } from '../target.js'

/** @param {import('../target.js').TargetOptions} options */
export function open(options) {
  const target = createTarget(options)
  // Only a client certificate needs a dispatcher of ours: without one nothing at all is configured.
  const agent = target.tls === null ? null : new Agent(target.connectOptions)
  const init = agent === null ? { headers: target.headers } : { headers: target.headers, dispatcher: agent }
  return { call: fetchWith(globalThis.fetch, target.url, init, target), close: () => agent?.close() }
}
