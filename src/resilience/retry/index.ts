export { RetryBudget } from './budget.js'
export { ConcurrentBudget, isConcurrentBudget } from './concurrent-budget.js'
export type { RetryCondition, RetryToken } from './conditions.js'
export type { RetryDeps, RetryPermits } from './deps.js'
export { retry } from './interceptor.js'
export {
  type BackoffOptions,
  type ConcurrentBudgetOptions,
  type RateLimitedBackoffOptions,
  type ResetHeader,
  type RetryBudgetOptions,
  type RetryOptions,
  retryOptions,
} from './options.js'
export { type RetryOverride, retryOverride, retryOverrideOptions } from './override.js'
export { retryStage } from './retry-stage.js'
