import { isDeepStrictEqual } from 'node:util'
import type { ServiceRoute } from '../../config/service.js'
import type { RetryOptions } from '../../resilience/retry/options.js'
import { destinationsOf } from '../../routing/index.js'
import { originOf } from '../resource.js'
import type { ServiceDraft, ServiceRegistry } from '../services.js'
import type { RetryBudgetBlock } from './policy.js'

/**
 * Budgets belong to the cluster that calls go to, retries natively to the route: a route takes the budget of its
 * destinations, if they agree on one.
 */
export class RetryBudgets {
  readonly #byTarget = new Map<string, RetryBudgetBlock>()

  add(service: ServiceDraft, subset: string | undefined, block: RetryBudgetBlock | undefined): void {
    if (block === undefined) return
    this.#byTarget.set(JSON.stringify([service.name, subset]), block)
    if (subset === undefined) service.addOrigins({ retryBudget: originOf(block.at) })
  }

  /** Writes them into the retries of all services and routes. */
  apply(services: ServiceRegistry): void {
    if (this.#byTarget.size === 0) return
    for (const service of services.all()) {
      const inherited = service.policy.retry
      for (const [i, route] of service.routes.entries()) service.routes[i] = this.#routed(service, route, inherited)
      const own = this.#byTarget.get(JSON.stringify([service.name, undefined]))
      if (own !== undefined && inherited !== undefined)
        service.policy = { ...service.policy, retry: { ...inherited, budget: own.budget } }
    }
  }

  #routed(service: ServiceDraft, route: ServiceRoute, inherited: RetryOptions | undefined): ServiceRoute {
    const retry = route.retry ?? inherited
    if (retry === undefined || retry === false) return route
    const targets = destinationsOf(route.to, service.name)
    const [first, ...others] = targets.map(({ service: name, subset }) =>
      this.#byTarget.get(JSON.stringify([name, subset])),
    )
    const agreed = others.every((one) => isDeepStrictEqual(one?.budget, first?.budget))
    return first === undefined || !agreed ? route : { ...route, retry: { ...retry, budget: first.budget } }
  }
}
