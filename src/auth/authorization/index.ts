export {
  type AuthorizationDecision,
  type AuthorizationExplanation,
  explainAuthorization,
  type PolicyExplanation,
} from './decision.js'
export { type AuthorizationDeps, authorize } from './interceptor.js'
export type {
  AuthorizationCondition,
  AuthorizationOperation,
  AuthorizationPolicy,
  AuthorizationRule,
  AuthorizationSource,
} from './options.js'
