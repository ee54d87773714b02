import type { MeshEvents } from '../../core/events.js'
import type { Observer } from '../../core/observer.js'
import type { Catalogue } from './catalogue.js'
import type { CounterFamily, CounterSeries } from './counter.js'
import type { Labels } from './family.js'
import type { Scope } from './scope.js'
import { allUnknown, serviceLabels, sideLabels, type Workload } from './workload.js'

const stateValue: Readonly<Record<MeshEvents['breaker']['state'], number>> = { closed: 0, 'half-open': 1, open: 2 }

const mostKept = 2_000

/** Where events count. */
export interface EventTargets {
  readonly catalogue: Catalogue
  readonly workload: Workload
  /** Series that live as long as the mesh. */
  readonly own: Scope
  /** Series that live as long as a service; those of its subsets, `service|subset`, do too. */
  ofService(service: string): Scope
}

/**
 * Counters of one event that comes with every call, found again by one string; without it when the very same object
 * comes again, as it does from a policy that says the same of every call.
 */
class FrequentEvents<E extends Labels> {
  readonly #scope: Scope
  readonly #family: CounterFamily
  readonly #keyOf: (event: E) => string
  readonly #series = new Map<string, CounterSeries>()
  #last: { readonly event: E; readonly series: CounterSeries } | undefined = undefined

  constructor(scope: Scope, family: CounterFamily, keyOf: (event: E) => string) {
    this.#scope = scope
    this.#family = family
    this.#keyOf = keyOf
  }

  readonly count = (event: E): void => {
    if (this.#last?.event !== event) this.#last = { event, series: this.#find(event) }
    this.#last.series.inc()
  }

  #find(event: E): CounterSeries {
    const key = this.#keyOf(event)
    let series = this.#series.get(key)
    if (series === undefined) {
      series = this.#scope.bind(this.#family, event)
      if (this.#series.size < mostKept) this.#series.set(key, series)
    }
    return series
  }
}

/** Counts what policies report; returns the unsubscriber. */
export function countEvents(observer: Observer, targets: EventTargets): () => void {
  const { catalogue, workload, own } = targets
  const count = (scope: Scope, family: CounterFamily, labels: Labels): void => scope.bind(family, labels).inc()
  const limits = new FrequentEvents<MeshEvents['rate-limit']>(
    own,
    catalogue.rateLimits,
    ({ decision, backend, policy }) => `${decision} ${backend} ${policy}`,
  )
  const authentications = new FrequentEvents<MeshEvents['authentication']>(
    own,
    catalogue.authentications,
    ({ result, method, reason }) => `${result} ${method} ${reason}`,
  )
  const authorizations = new FrequentEvents<MeshEvents['authorization']>(
    own,
    catalogue.authorizations,
    ({ decision, rule }) => `${decision} ${rule}`,
  )
  const source: Labels = { ...allUnknown, ...sideLabels('source', workload) }
  const undo = [
    observer.on('breaker', ({ service, endpoint, state, modeOnly, removed }) => {
      const scope = targets.ofService(service)
      // A series for each endpoint would have no bound.
      if (endpoint === undefined) scope.bind(catalogue.breakerState, { service }).set(stateValue[state])
      if (removed === true) {
        if (endpoint === undefined) scope.unbind(catalogue.breakerState, { service })
      } else if (modeOnly !== true) count(scope, catalogue.breakerTransitions, { service, state })
    }),
    observer.on('ejection', ({ service, ejected, reason }) => {
      if (ejected) count(targets.ofService(service), catalogue.ejections, { service, reason })
    }),
    observer.on('discovery', ({ service, result }) =>
      count(targets.ofService(service), catalogue.discoveries, { service, result }),
    ),
    observer.on('health-check', ({ service, healthy }) =>
      count(targets.ofService(service), catalogue.healthTransitions, {
        service,
        state: healthy ? 'healthy' : 'unhealthy',
      }),
    ),
    observer.on('retry', ({ service, reason }) =>
      count(targets.ofService(service), catalogue.retries, { service, reason }),
    ),
    observer.on('retry-suppressed', ({ service, reason }) =>
      count(targets.ofService(service), catalogue.retrySuppressed, { service, reason }),
    ),
    observer.on('hedge', ({ service, sent }) =>
      count(targets.ofService(service), catalogue.hedges, { service, sent: String(sent) }),
    ),
    observer.on('observed', ({ service, policy, action }) =>
      count(service === '' ? own : targets.ofService(service), catalogue.observed, { service, policy, action }),
    ),
    observer.on('coalesced', ({ service }) => count(targets.ofService(service), catalogue.coalesced, { service })),
    observer.on('fallback', ({ service, result }) =>
      count(targets.ofService(service), catalogue.fallbacks, { service, result }),
    ),
    observer.on('overflow', ({ service, limit }) =>
      count(targets.ofService(service), catalogue.shed, { service, reason: limit }),
    ),
    observer.on('shed', ({ reason }) => count(own, catalogue.serverShed, { reason })),
    observer.on('connection', ({ service }) =>
      count(targets.ofService(service), catalogue.istioConnections, {
        ...source,
        ...serviceLabels(service, workload.namespace),
        source_service: workload.name,
        reporter: 'source',
        request_protocol: 'tcp',
        response_flags: '-',
      }),
    ),
    observer.on('rate-limit', limits.count),
    observer.on('limit-store', ({ policy, kind, mode }) =>
      count(own, catalogue.rateLimitStoreErrors, { policy, kind, mode }),
    ),
    observer.on('config', ({ result }) => count(own, catalogue.configReloads, { result })),
    observer.on('authentication', authentications.count),
    observer.on('authorization', authorizations.count),
    observer.on('identity', ({ result }) => count(own, catalogue.identityReloads, { result })),
    observer.on('peer-rejected', (event) => count(own, catalogue.identityRejected, event)),
    observer.on('jwks', ({ issuer, result }) => count(own, catalogue.jwks, { issuer, result })),
    observer.on('fault', ({ where }) => count(own, catalogue.faults, { where })),
  ]
  return function stopCounting() {
    for (const one of undo) one()
  }
}
