import { RateLimiterMemory } from 'rate-limiter-flexible'
import { inTurn } from './connect.js'

export async function open() {
  const limiter = new RateLimiterMemory({ points: 1_000_000_000, duration: 3_600 })
  const key = inTurn((address) => address)
  return { call: async () => (await limiter.consume(key())).remainingPoints > 0, close() {} }
}
