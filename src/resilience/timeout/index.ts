export { attemptTimeoutStage } from './attempt-timeout-stage.js'
export { deadlineStage } from './deadline-stage.js'
export { timeout } from './interceptor.js'
export type { TimeoutOptions } from './options.js'
