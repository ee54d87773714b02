export { hashStage } from './interceptor.js'
export { type HashPolicy, hashPolicy } from './options.js'
export { compileHashPolicies } from './policies.js'
