import type { ClientCall } from '../../core/call.js'
import type { EndpointRef } from '../../core/endpoint.js'
import { type Guard, guarding } from '../../core/guard.js'
import type { Interceptor } from '../../core/interceptor.js'
import type { Breaker } from './breaker.js'
import { type BreakerStageDeps, breakerGuard } from './breaker-stage.js'

/** A breaker for each endpoint: asks that of the endpoint that was picked. One that has none, having left, is let through. */
export function endpointBreakerStage(
  breakerOf: (endpoint: EndpointRef) => Breaker | undefined,
  deps: BreakerStageDeps,
): Interceptor<ClientCall> {
  const guards = new WeakMap<Breaker, Guard<ClientCall>>()

  return guarding(function guardByEndpointBreaker(call: ClientCall) {
    const breaker = call.endpoint === undefined ? undefined : breakerOf(call.endpoint)
    if (breaker === undefined) return undefined
    let guard = guards.get(breaker)
    if (guard === undefined) {
      guard = breakerGuard(breaker, deps)
      guards.set(breaker, guard)
    }
    return guard(call)
  })
}
