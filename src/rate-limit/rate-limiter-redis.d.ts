/** The one class of rate-limiter-flexible that is used: by itself it loads in a tenth of the time of the whole. */
declare module 'rate-limiter-flexible/lib/RateLimiterRedis.js' {
  /** Counts in one atomic script; rejects with a result when over the limit, with an `Error` when Redis failed. */
  class RateLimiterRedis {
    constructor(options: {
      storeClient: unknown
      points: number
      duration: number
      keyPrefix: string
      rejectIfRedisNotReady: boolean
      useRedisPackage: boolean
    })
    consume(key: string, points: number, options: { customDuration: number }): Promise<unknown>
  }
  export = RateLimiterRedis
}
