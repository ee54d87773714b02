export { concurrencyLimit } from './interceptor.js'
export { Limiter, type LimiterDeps } from './limiter.js'
export { limitsStage } from './limits-stage.js'
export { type LimitsOptions, limitsOptions } from './options.js'
