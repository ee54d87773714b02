import type { ClientCall } from '../../core/call.js'
import type { EndpointRef } from '../../core/endpoint.js'
import type { Interceptor } from '../../core/interceptor.js'
import type { Breaker } from './breaker.js'
import { type BreakerStageDeps, breakerStage } from './breaker-stage.js'

/** A breaker for each endpoint: asks that of the endpoint that was picked. One that has none, having left, is let through. */
export function endpointBreakerStage(
  breakerOf: (endpoint: EndpointRef) => Breaker | undefined,
  deps: BreakerStageDeps,
): Interceptor<ClientCall> {
  const stages = new WeakMap<Breaker, Interceptor<ClientCall>>()

  return function guardByEndpointBreaker(call, next) {
    const breaker = call.endpoint === undefined ? undefined : breakerOf(call.endpoint)
    if (breaker === undefined) return next(call)
    let stage = stages.get(breaker)
    if (stage === undefined) {
      stage = breakerStage(breaker, deps)
      stages.set(breaker, stage)
    }
    return stage(call, next)
  }
}
