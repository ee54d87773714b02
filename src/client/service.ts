import type { ServiceConfig, ServiceRoute } from '../config/service.js'
import type { ClientCall } from '../core/call.js'
import { compose, type Handler } from '../core/interceptor.js'
import { arrange, entryStages } from '../core/stages.js'
import { telling, tellOf } from '../core/teller.js'
import { createRouter, isFor, type Router, sidecarPath, type Workload } from '../routing/index.js'
import type { ClientDeps } from './deps.js'
import type { ClusterDestination } from './destination.js'
import { type CompileOptions, Destinations } from './destinations.js'
import { observedRouting } from './observed-routing.js'
import { type CompiledRoute, RouteCompiler } from './route-ring.js'
import type { RouteKeys } from './route-state.js'

/** A service in a snapshot: immutable, and built around the state that outlives it. */
export interface CompiledService {
  readonly name: string
  readonly config: ServiceConfig
  /** Hosts that mean this service, its name among them. */
  readonly hosts: readonly string[]
  readonly handler: Handler<ClientCall>
  readonly router: Router<CompiledRoute>
  readonly routes: readonly CompiledRoute[]
  /** Everything that its calls can come to: by its routes, by mirrors, and while routing only observes. */
  readonly destinations: readonly ClusterDestination[]
  /** What its routes keep in its state. */
  readonly keys: RouteKeys
  /** Stages of the service ring down to the route, in order. */
  readonly stages: readonly string[]
}

/** The entry of a service: the call learns whose it is, and a sidecar's services see paths as a sidecar does. */
function entry(name: string, sidecar: boolean, enter: Handler<ClientCall>): Handler<ClientCall> {
  const tell = tellOf(enter)
  return telling(function enterService(call: ClientCall, visit) {
    call.service = name
    if (sidecar) call.path = sidecarPath(call.path)
    return tell(call, visit)
  })
}

/** A service whose routes are all for other workloads goes its default way, as a host without rules does in Istio. */
function routesOf({ routes }: ServiceConfig, workload: Workload): readonly ServiceRoute[] {
  const whole: ServiceRoute = { name: 'default' }
  if (routes === undefined) return [whole]
  return routes.length === 0 || routes.some(({ match }) => isFor(match, workload)) ? routes : [...routes, whole]
}

/** Builds the three rings of a service around its state. Once per snapshot; nothing of it happens per call. */
export function compileService(options: CompileOptions, deps: ClientDeps): CompiledService {
  const { name, config } = options
  const telemetry = deps.telemetry({ name, subsets: config.subsets })
  const destinations = new Destinations(options, telemetry, deps)
  const compiler = new RouteCompiler(options, destinations, deps)
  const { random, workload } = deps
  const routes = routesOf(config, workload).map((route, i) => compiler.compile(route, i))
  const router = createRouter(routes, { random, workload, service: name })
  const ring = arrange(entryStages, [{ stage: 'telemetry', intercept: telemetry.service }], deps.edits)
  const observes = config.routing?.mode === 'observe'
  const direct = observes
    ? createRouter([compiler.compile({ name: 'default' }, routes.length)], { random, workload, service: name })
    : router
  const enter = compose(
    ring.map(({ intercept }) => intercept),
    observes ? observedRouting(router, direct, deps.observer) : router.handler,
  )
  return {
    name,
    config,
    hosts: [name, ...(config.hosts ?? [])],
    handler: entry(name, config.envoyHeaders === true, enter),
    router,
    routes,
    destinations: [...destinations.values()],
    keys: compiler.keys,
    stages: [...ring.map(({ stage }) => stage), 'route'],
  }
}
