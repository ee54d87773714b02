export type { AdaptiveLimitOptions } from './adaptive-options.js'
export { AdmissionControl } from './admission-control.js'
export { type AdmissionOptions, admissionOptions } from './admission-options.js'
export { admissionStage } from './admission-stage.js'
export { concurrencyLimit } from './interceptor.js'
export { Limiter, type LimiterDeps } from './limiter.js'
export { limitsStage } from './limits-stage.js'
export { type LimitsOptions, limitsOptions } from './options.js'
export { serverAdmissionStage } from './server-admission-stage.js'
export { serverConcurrencyStage } from './server-concurrency-stage.js'
export {
  type InboundConcurrencyOptions,
  inboundConcurrencyOptions,
  type RequestQueueOptions,
} from './server-options.js'
