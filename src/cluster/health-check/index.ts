export { HealthChecker } from './checker.js'
export { healthCheckStage } from './health-check-stage.js'
