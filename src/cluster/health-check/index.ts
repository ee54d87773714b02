export { HealthChecker } from './checker.js'
export { healthCheckStage } from './interceptor.js'
export { type HealthCheckOptions, healthCheckOptions } from './options.js'
