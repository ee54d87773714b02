import { oneOf, type Schema } from '../core/schema/index.js'

/**
 * `enforce`: the policy acts. `observe`: it only counts and reports what it would have done, and changes nothing - how a
 * policy is tried on real calls before it is switched on.
 */
export type PolicyMode = 'enforce' | 'observe'

/** Schema of `PolicyMode`. */
export const policyMode: Schema<PolicyMode> = oneOf('enforce', 'observe')
