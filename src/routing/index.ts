export { announceAttempt } from './action/envoy-headers.js'
export type { ActionExplanation } from './action/explanation.js'
export type { Mirror, UnderWay } from './action/mirror-stage.js'
export { noCluster } from './action/respond-stage.js'
export { Chance } from './chance.js'
export { RouteChoice, type RouteLeg } from './choice.js'
export { type SplitTarget, weightedSplit } from './interceptor.js'
export { answerPlan, answersItself, compileLegs } from './legs.js'
export { isFor, type Workload } from './matcher.js'
export {
  checkRoute,
  destinationsOf,
  type PathMatch,
  type PathPrefixMatch,
  type RouteDestination,
  type RouteMatch,
  type RouteOptions,
  type RouteTarget,
  routeFields,
} from './options.js'
export { compileAction } from './route-action.js'
export type { RouteVerdict } from './route-table.js'
export { createRouter, type Route, type Router } from './router.js'
export { sidecarPath } from './sidecar-path.js'
