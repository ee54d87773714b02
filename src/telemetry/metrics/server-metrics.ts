import type { ServerCall } from '../../core/server-call.js'
import type { Catalogue } from './catalogue.js'
import type { CounterSeries } from './counter.js'
import type { Labels } from './family.js'
import type { HistogramSeries } from './histogram.js'
import type { Scope } from './scope.js'
import { allUnknown, serviceLabels, sideLabels, type Workload } from './workload.js'

/** Series that a kind of request counts in. */
interface Bound {
  readonly counters: readonly CounterSeries[]
  readonly durations: readonly HistogramSeries[]
}

/** What is bound of one route: its durations, and at a gateway how requests to its service ended. */
class RouteSeries {
  readonly duration: HistogramSeries
  /** Whether the next request of the route finds it. */
  readonly kept: boolean
  /** By status, those that the service sent and our own apart. */
  readonly endings: Readonly<Record<AnswerSource, Map<number, Ending>>> = { service: new Map(), kong: new Map() }

  constructor(duration: HistogramSeries, kept: boolean) {
    this.duration = duration
    this.kept = kept
  }
}

/** What a gateway answered. */
interface Answer {
  readonly service: string | undefined
  readonly route: string
  readonly status: number
  readonly source: AnswerSource
}

/** A way for requests of a route to end. */
interface Ending extends Bound {
  /** Undefined where no route matched. */
  readonly service: string | undefined
}

/** Most kinds of request that are kept bound; beyond, the families' own bound on labels is what holds. */
const maxKinds = 2_000
const noRoute = 'unknown'

function count({ counters, durations }: Bound, durationMs: number): void {
  for (const one of counters) one.inc()
  for (const one of durations) one.observe(durationMs)
}

/** Answers sent by ourselves are `kong`, those of the service behind a route are `service`. */
export type AnswerSource = 'service' | 'kong'

/** What the server is: it decides whose metrics its calls appear in. */
export type ServerRole = 'workload' | 'gateway'

/**
 * Counts inbound calls: those of a gateway as Kong does - by service only when a route matched - and those of a workload
 * as an Istio sidecar reports them at the destination.
 */
export class ServerMetrics {
  readonly #catalogue: Catalogue
  readonly #scope: Scope
  readonly #gateway: boolean
  readonly #own: Labels
  readonly #routes = new Map<string, RouteSeries>()
  /** How many endings of routes are kept. */
  #endings = 0
  readonly #kinds = new Map<string, Bound>()
  /** Most requests end as the one before did. */
  #last:
    | { readonly peer: string | undefined; readonly status: number; readonly flag: string; readonly bound: Bound }
    | undefined = undefined

  constructor(catalogue: Catalogue, scope: Scope, workload: Workload, role: ServerRole) {
    this.#catalogue = catalogue
    this.#scope = scope
    this.#gateway = role === 'gateway'
    this.#own = {
      ...allUnknown,
      ...sideLabels('destination', workload),
      ...serviceLabels(workload.name, workload.namespace),
      reporter: 'destination',
      request_protocol: 'http',
    }
  }

  /** Counts a call that has ended. `status` 0: there was no answer. */
  record(call: ServerCall, status: number, flag: string, source: AnswerSource, durationMs: number): void {
    const route = call.route ?? noRoute
    const series = this.#route(route)
    series.duration.observe(durationMs / 1_000)
    if (!this.#gateway) count(this.#likeLast(call.peer?.spiffeId, status, flag), durationMs)
    // A workload that has let the request through to a gateway of its own is both.
    if (this.#gateway || call.service !== undefined)
      count(this.#atGateway(series, { service: call.service, route, status, source }), durationMs)
  }

  #route(route: string): RouteSeries {
    let series = this.#routes.get(route)
    if (series === undefined) {
      const kept = this.#routes.size < maxKinds
      series = new RouteSeries(this.#scope.bind(this.#catalogue.serverDuration, { route }), kept)
      if (kept) this.#routes.set(route, series)
    }
    return series
  }

  #kind(key: string, bind: () => Bound): Bound {
    let bound = this.#kinds.get(key)
    if (bound === undefined) {
      bound = bind()
      if (this.#kinds.size < maxKinds) this.#kinds.set(key, bound)
    }
    return bound
  }

  #likeLast(peer: string | undefined, status: number, flag: string): Bound {
    const last = this.#last
    if (last?.peer === peer && last?.status === status && last.flag === flag) return last.bound
    const bound = this.#atDestination(peer, status, flag)
    this.#last = { peer, status, flag, bound }
    return bound
  }

  #atDestination(peer: string | undefined, status: number, flag: string): Bound {
    return this.#kind(`${status} ${flag} ${peer ?? ''}`, () => {
      const labels: Labels = {
        ...this.#own,
        ...(peer === undefined ? {} : { source_principal: peer }),
        connection_security_policy: peer === undefined ? 'none' : 'mutual_tls',
        response_code: String(status),
        response_flags: flag,
      }
      const { istioRequests, istioDuration } = this.#catalogue
      return {
        counters: [this.#scope.bind(istioRequests, labels)],
        durations: [this.#scope.bind(istioDuration, labels)],
      }
    })
  }

  #atGateway({ kept, endings }: RouteSeries, answer: Answer): Bound {
    const { service, status, source } = answer
    const known = endings[source].get(status)
    // Routes of one name may lead to several services.
    if (known !== undefined && known.service === service) return known
    const ending = { service, ...this.#bindAnswer(answer) }
    if (known === undefined && (!kept || this.#endings >= maxKinds)) return ending
    if (known === undefined) this.#endings++
    endings[source].set(status, ending)
    return ending
  }

  #bindAnswer({ service, route, status, source }: Answer): Bound {
    const { kongRequests, kongStatuses, kongNginx, kongLatency, kongDuration } = this.#catalogue
    const all = [
      this.#scope.bind(kongStatuses, { status: String(status) }),
      this.#scope.bind(kongNginx, { subsystem: 'http' }),
    ]
    if (service === undefined) return { counters: all, durations: [] }
    const labels: Labels = { service, route, workspace: 'default', code: String(status), source }
    return {
      counters: [...all, this.#scope.bind(kongRequests, labels)],
      durations: [this.#scope.bind(kongLatency, labels), this.#scope.bind(kongDuration, labels)],
    }
  }
}
