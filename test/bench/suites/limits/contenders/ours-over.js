import { openLimit } from './limited-calls.js'

/** Every client has used up its limit before anything counts. @param {import('./connect.js').Options} options */
export async function open(options) {
  const { call, close } = await openLimit(options, { limit: 1, status: 429 })
  for (let i = 0; i < 1_000; i += 1) await call()
  return { call, close }
}
