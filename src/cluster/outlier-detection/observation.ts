import type { Classifier } from '../../core/classifier.js'
import { isMeshError, type MeshError } from '../../core/errors.js'
import type { Releasable } from '../../core/lease.js'
import type { Reply } from '../../core/reply.js'
import type { Visit } from '../../core/visit.js'
import type { Endpoint } from '../endpoint.js'
import type { OutlierDetector } from './detector.js'
import { grpcStatus } from './grpc-status.js'

/** The status that stands for an error: 504 for timeouts, 502 and 503 as they are, 503 for what has none. */
function failureStatus(error: MeshError): number {
  return error.status >= 500 ? error.status : 503
}

/** Turns the outcomes of attempts into what the detector counts. */
export class Reporter {
  readonly #detector: OutlierDetector
  readonly #classifier: Classifier
  readonly #errorStatuses: ReadonlySet<number> | undefined

  constructor(detector: OutlierDetector, classifier: Classifier, errorStatuses: readonly number[] | undefined) {
    this.#detector = detector
    this.#classifier = classifier
    this.#errorStatuses = errorStatuses && new Set(errorStatuses)
  }

  /** What a status counts as: 500 and above for a failure; undefined if it says nothing. */
  counted(status: number): number | undefined {
    const listed = this.#errorStatuses
    if (listed !== undefined) return listed.has(status) ? Math.max(500, status) : 200
    const verdict = this.#classifier.status(status)
    if (verdict === 'failure') return Math.max(500, status)
    return verdict === 'ignored' && status >= 500 ? undefined : 200
  }

  complete(endpoint: Endpoint, status: number): void {
    if (this.#detector.split) this.#detector.reportExchange(endpoint, true)
    this.#detector.report(endpoint, status)
  }

  /** Whether an error says something against the endpoint; if so, it is counted. */
  failed(endpoint: Endpoint, error: MeshError): boolean {
    if (this.#classifier.error(error) !== 'failure') return false
    if (this.#detector.split) this.#detector.reportExchange(endpoint, false)
    else this.#detector.report(endpoint, failureStatus(error))
    return true
  }
}

/** Attempts at one endpoint. A caller that stops reading says nothing against it. */
export class Observation implements Visit, Releasable {
  readonly reporter: Reporter
  readonly #endpoint: Endpoint
  readonly #grpc: boolean

  constructor(reporter: Reporter, endpoint: Endpoint, grpc: boolean) {
    this.reporter = reporter
    this.#endpoint = endpoint
    this.#grpc = grpc
  }

  replied(reply: Reply): void {
    const status = this.reporter.counted(this.#grpc ? grpcStatus(reply.headers, reply.status) : reply.status)
    if (status === undefined) return
    if (status >= 500) this.reporter.complete(this.#endpoint, status)
    else reply.lease.hold(this)
  }

  failed(error: unknown): void {
    if (isMeshError(error)) this.reporter.failed(this.#endpoint, error)
  }

  overdue(error: MeshError): void {
    this.reporter.failed(this.#endpoint, error)
  }

  release(error?: MeshError | undefined): void {
    if (error === undefined || !this.reporter.failed(this.#endpoint, error)) this.reporter.complete(this.#endpoint, 200)
  }
}
