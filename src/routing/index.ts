export { type SplitTarget, weightedSplit } from './interceptor.js'
export {
  checkRoute,
  destinationsOf,
  type RouteDestination,
  type RouteDestinationRef,
  type RouteMatch,
  type RouteOptions,
  type RouteTarget,
  routeFields,
} from './options.js'
export type { RouteVerdict } from './route-table.js'
export {
  createRouter,
  type Route,
  type RouteExplanation,
  type RouteLeg,
  type Router,
  type RouterDeps,
} from './router.js'
export type { Weighted } from './split.js'
