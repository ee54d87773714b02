import type { Catalogue } from './catalogue.js'
import type { CounterSeries } from './counter.js'
import type { Labels } from './family.js'
import type { HistogramSeries } from './histogram.js'
import type { Scope } from './scope.js'
import { allUnknown, serviceLabels, sideLabels, type Workload } from './workload.js'

/** How an outbound call ended, for `mesh_client_requests_total`. */
export type ClientOutcome = 'success' | 'failure' | 'ignored' | 'rejected' | 'aborted'

/** A service that is called, as far as metrics tell services apart. */
export interface MeasuredService {
  readonly name: string
  readonly namespace?: string | undefined
  /** Labels of the subsets: `destination_version` is their `version`. Default: the name of the subset. */
  readonly subsets?: Readonly<Record<string, Labels>> | undefined
}

class RequestSeries {
  readonly requests: CounterSeries
  readonly duration: HistogramSeries

  constructor(requests: CounterSeries, duration: HistogramSeries) {
    this.requests = requests
    this.duration = duration
  }
}

/** Series of one subset: those without a flag by status, the rest by both. */
class SubsetSeries {
  readonly byStatus: (RequestSeries | undefined)[] = []
  readonly flagged = new Map<string, RequestSeries>()
}

/**
 * Counts the calls of one service: four additions a call, on series that were bound by the first of their kind. A mesh
 * configures far more services than a process calls, and each family has an end.
 */
export class ClientMetrics {
  readonly #catalogue: Catalogue
  readonly #scope: Scope
  readonly #service: MeasuredService
  readonly #base: Labels
  readonly #subsets = new Map<string | undefined, SubsetSeries>()
  readonly #outcomes: Record<ClientOutcome, CounterSeries | undefined> = {
    success: undefined,
    failure: undefined,
    ignored: undefined,
    rejected: undefined,
    aborted: undefined,
  }
  #duration: HistogramSeries | undefined = undefined
  #initial: CounterSeries | undefined = undefined
  #retries: CounterSeries | undefined = undefined

  constructor(catalogue: Catalogue, scope: Scope, workload: Workload, service: MeasuredService) {
    this.#catalogue = catalogue
    this.#scope = scope
    this.#service = service
    this.#base = {
      ...allUnknown,
      ...sideLabels('source', workload),
      ...serviceLabels(service.name, service.namespace ?? workload.namespace),
      reporter: 'source',
      request_protocol: 'http',
    }
  }

  /** Counts a call that has ended. `status` 0: there was no answer; `flag` `-`: nothing to remark. */
  record(status: number, flag: string, outcome: ClientOutcome, durationMs: number, subset: string | undefined): void {
    const series = this.#requestSeries(status, flag, subset)
    series.requests.inc()
    series.duration.observe(durationMs)
    const counted = this.#outcomes[outcome] ?? this.#bindOutcome(outcome)
    counted.inc()
    this.#duration ??= this.#scope.bind(this.#catalogue.clientDuration, { service: this.#service.name })
    this.#duration.observe(durationMs / 1_000)
  }

  /** A service that is called shows what else may come, 0 as yet: a rate sees nothing of a series that begins with 1. */
  #bindOutcome(outcome: ClientOutcome): CounterSeries {
    const { clientRequests } = this.#catalogue
    const service = this.#service.name
    this.#outcomes.failure ??= this.#scope.bind(clientRequests, { service, outcome: 'failure' })
    this.#outcomes.rejected ??= this.#scope.bind(clientRequests, { service, outcome: 'rejected' })
    const series = this.#outcomes[outcome] ?? this.#scope.bind(clientRequests, { service, outcome })
    this.#outcomes[outcome] = series
    return series
  }

  /** Counts an attempt that is about to be made; 0 is the first. */
  attempt(index: number): void {
    if (index === 0) {
      this.#initial ??= this.#bindInitial()
      this.#initial.inc()
    } else {
      this.#retries ??= this.#bindAttempts('retry')
      this.#retries.inc()
    }
  }

  #bindInitial(): CounterSeries {
    this.#retries ??= this.#bindAttempts('retry')
    return this.#bindAttempts('initial')
  }

  #bindAttempts(reason: 'initial' | 'retry'): CounterSeries {
    return this.#scope.bind(this.#catalogue.clientAttempts, { service: this.#service.name, reason })
  }

  /** Counts copies of calls that go to another service, or this one. */
  copies(service: string): CounterSeries {
    return this.#scope.bind(this.#catalogue.clientAttempts, { service, reason: 'mirror' })
  }

  /** Counts a deadline that passed. */
  deadlineExceeded(phase: string): void {
    this.#scope.bind(this.#catalogue.deadlineExceeded, { service: this.#service.name, phase }).inc()
  }

  #requestSeries(status: number, flag: string, subset: string | undefined): RequestSeries {
    let ofSubset = this.#subsets.get(subset)
    if (ofSubset === undefined) {
      ofSubset = new SubsetSeries()
      this.#subsets.set(subset, ofSubset)
    }
    if (flag === '-') {
      let series = ofSubset.byStatus[status]
      if (series === undefined) {
        series = this.#bind(status, flag, subset)
        ofSubset.byStatus[status] = series
      }
      return series
    }
    const key = `${status} ${flag}`
    let series = ofSubset.flagged.get(key)
    if (series === undefined) {
      series = this.#bind(status, flag, subset)
      ofSubset.flagged.set(key, series)
    }
    return series
  }

  #bind(status: number, flag: string, subset: string | undefined): RequestSeries {
    const version = subset === undefined ? undefined : (this.#service.subsets?.[subset]?.version ?? subset)
    const labels: Labels = {
      ...this.#base,
      ...(version === undefined ? {} : { destination_version: version, destination_canonical_revision: version }),
      response_code: String(status),
      response_flags: flag,
    }
    const { istioRequests, istioDuration } = this.#catalogue
    return new RequestSeries(this.#scope.bind(istioRequests, labels), this.#scope.bind(istioDuration, labels))
  }
}
