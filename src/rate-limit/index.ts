export { rateLimit } from './interceptor.js'
export type { RateLimitDeps } from './limiter.js'
export type { RateLimitBy, RateLimitOptions, RateLimitPeriod } from './options.js'
export type { RedisClient } from './redis-client.js'
