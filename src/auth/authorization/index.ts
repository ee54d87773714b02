export {
  type Authorization,
  type AuthorizationDecision,
  type AuthorizationExplanation,
  compileAuthorization,
  explainAuthorization,
  type PolicyExplanation,
} from './decision.js'
export { type AuthorizationDeps, authorize } from './interceptor.js'
export {
  type AuthorizationCondition,
  type AuthorizationOperation,
  type AuthorizationPolicy,
  type AuthorizationRule,
  type AuthorizationSource,
  authorizationPolicy,
} from './options.js'
export type { AuthorizationSubject } from './subject.js'
