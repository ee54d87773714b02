export { HealthChecker } from './checker.js'
export { healthCheckStage } from './interceptor.js'
