export { type LocalityOptions, localityOptions } from '../locality-options.js'
export type { NearbyWorkload } from './failover.js'
export { type LocalityPlan, localityPlan } from './plan.js'
