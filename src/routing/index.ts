export { type SplitTarget, weightedSplit } from './interceptor.js'
export {
  checkRoute,
  destinationsOf,
  type RouteDestination,
  type RouteMatch,
  type RouteOptions,
  type RouteTarget,
  routeFields,
} from './options.js'
export type { RouteVerdict } from './route-table.js'
export { createRouter, type Route, type RouteLeg, type Router } from './router.js'
export type { Weighted } from './split.js'
