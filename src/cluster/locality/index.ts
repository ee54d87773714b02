export type { NearbyWorkload } from './failover.js'
export { type LocalityPlan, localityPlan } from './plan.js'
