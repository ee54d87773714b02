import { connect, inTurn } from './connect.js'

/** @param {import('./connect.js').Options} options */
export async function open(options) {
  const { client, close } = await connect(options)
  const key = inTurn((address) => `incr:${address}`)
  return { call: async () => (await client.incr(key())) > 0, close }
}
