import { RateLimiterRedis } from 'rate-limiter-flexible'
import { connect, inTurn } from './connect.js'

/** @param {import('./connect.js').Options} options */
export async function open(options) {
  const { client, close } = await connect(options)
  const limiter = new RateLimiterRedis({
    storeClient: client,
    points: 1_000_000_000,
    duration: 3_600,
    keyPrefix: 'rlflx',
    useRedisPackage: options.client === 'node-redis',
  })
  const key = inTurn((address) => address)
  return { call: async () => (await limiter.consume(key())).remainingPoints > 0, close }
}
