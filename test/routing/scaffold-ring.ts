import type { ClientCall, Destination } from '../../src/core/call.js'
import { compose, type Handler } from '../../src/core/interceptor.js'
import { Observer } from '../../src/core/observer.js'
import { directReply, type Reply } from '../../src/core/reply.js'
import type { Mirror, MirrorDeps } from '../../src/routing/action/mirror-stage.js'
import {
  answerPlan,
  compileLegs,
  createRouter,
  type Route,
  type RouteOptions,
  type Router,
} from '../../src/routing/index.js'
import { compileAction } from '../../src/routing/route-action.js'
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.js'

/** What a ring is given beside its route. */
export interface RingOptions {
  readonly random?: () => number
  readonly clock?: FakeClock
  readonly envoyHeaders?: boolean
  readonly mirrors?: readonly Mirror[]
  readonly deps?: Partial<MirrorDeps>
  /** What the upstream answers. */
  readonly upstream?: Handler<ClientCall>
}

/** Says what it was asked. */
export function echo(call: ClientCall): Promise<Reply> {
  return Promise.resolve(
    directReply(200, { to: call.destination?.name ?? '', host: call.authority, path: call.path, 'x-up': 'u' }),
  )
}

/** The service `reviews` with the subsets v1 and v2 and one route. */
export function ring(route: RouteOptions, options: RingOptions = {}): Router<Route> {
  const { clock = fakeClock(), random = () => 0.5, envoyHeaders = false, mirrors = [], upstream = echo } = options
  const find = ({ service, subset }: { service: string; subset: string | undefined }): Destination | undefined =>
    service === 'reviews' && [undefined, 'v1', 'v2'].includes(subset)
      ? { name: subset === undefined ? service : `${service}|${subset}`, service, subset, attempt: upstream }
      : undefined
  const weighted = compileLegs(route, { service: 'reviews', find, clock })
  const legs = weighted.map(({ value }) => value)
  const deps = { clock, random, observer: new Observer(), ...options.deps }
  const action = compileAction({ route, service: 'reviews', legs, mirrors, envoyHeaders }, deps)
  const handler = compose(
    action.stages.map(({ intercept }) => intercept),
    (call: ClientCall) => call.destination?.attempt(call) ?? Promise.reject(new Error('nowhere')),
  )
  const made = { name: 'it', match: route.match, legs: weighted, plan: answerPlan(route, clock), handler, ...action }
  return createRouter([made], { random, service: 'reviews' })
}
