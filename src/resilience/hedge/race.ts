import type { ClientCall } from '../../core/call.js'
import { deadlineWheel, type Expirable } from '../../core/deadline.js'
import type { MeshErrorCode } from '../../core/error-codes.js'
import { MeshError } from '../../core/errors.js'
import { type Handler, proceed } from '../../core/interceptor.js'
import type { Releasable } from '../../core/lease.js'
import type { Reply } from '../../core/reply.js'
import type { RetryPermits } from '../retry/index.js'
import { perTryTimeout, type SoftTimeout } from '../timeout/index.js'
import type { HedgeDeps } from './deps.js'
import type { Latencies } from './latencies.js'
import { takeLeave } from './leave.js'

/** What a race goes by. */
export interface RaceRules {
  /** How long to wait before another attempt joins. */
  readonly delayMs: number
  /** Attempts beside the first. */
  readonly max: number
  /** The delay is the per-try timeout: it does not end an attempt. */
  readonly outlives: boolean
}

/** An attempt that has not answered yet. */
interface Runner {
  readonly sinceMs: number
  /** What a hedge holds until it has answered. */
  readonly permits: RetryPermits | undefined
  /** The per-try timeout that does not end it. */
  readonly soft: SoftTimeout | undefined
}

/** With these we have given an endpoint up. */
const timeouts: ReadonlySet<MeshErrorCode> = new Set([
  'ERR_MESH_TIMEOUT',
  'ERR_MESH_ATTEMPT_TIMEOUT',
  'ERR_MESH_CONNECT_TIMEOUT',
])

/** Whether an endpoint has failed: neither what we refuse nor what we give up says how fast one answers. */
function isEndpoints(error: unknown): boolean {
  return error instanceof MeshError && error.origin === 'upstream' && !timeouts.has(error.code)
}

/** The attempts of one call that run beside each other. */
export class Race implements Expirable {
  readonly #call: ClientCall
  readonly #next: Handler<ClientCall>
  readonly #rules: RaceRules
  readonly #deps: HedgeDeps
  readonly #latencies: Latencies
  readonly #running = new Map<ClientCall, Runner>()
  /** Attempts whose reply was a failure while others still ran. */
  readonly #passedOver = new Map<ClientCall, Reply>()
  #launched = 0
  #armed: Releasable | undefined = undefined
  #resolve: (reply: Reply) => void = () => {}
  #reject: (reason: unknown) => void = () => {}

  constructor(call: ClientCall, next: Handler<ClientCall>, rules: RaceRules, deps: HedgeDeps, latencies: Latencies) {
    this.#call = call
    this.#next = next
    this.#rules = rules
    this.#deps = deps
    this.#latencies = latencies
  }

  /** The first good answer, or the last outcome when there is none. */
  run(): Promise<Reply> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
      this.#launch(undefined)
    })
  }

  /** It is time for another attempt. */
  expire(): void {
    this.#armed = undefined
    if (this.#call.cancelled) return
    const permits = this.#deps.permits?.(this.#call)
    const sent = takeLeave(this.#call, permits, this.#deps)
    this.#deps.observer.emit('hedge', { service: this.#call.service, sent, afterMs: this.#rules.delayMs })
    if (sent) this.#launch(permits)
  }

  #launch(permits: RetryPermits | undefined): void {
    const { clock } = this.#deps
    const attempt = this.#call.fork()
    attempt.attempt = this.#call.attempt + this.#launched++
    const { delayMs, outlives } = this.#rules
    const soft: SoftTimeout | undefined = outlives ? { afterMs: delayMs, passed: undefined } : undefined
    if (soft !== undefined) attempt.values.set(perTryTimeout, soft)
    const now = clock.now()
    this.#running.set(attempt, { sinceMs: now, permits, soft })
    if (this.#launched <= this.#rules.max) this.#armed = deadlineWheel(clock).arm(now + delayMs, this, now)
    proceed(attempt, this.#next).then(
      (reply) => this.#answered(attempt, reply),
      (error) => this.#failed(attempt, error),
    )
  }

  #answered(attempt: ClientCall, reply: Reply): void {
    const runner = this.#left(attempt, true)
    if (runner === undefined) {
      reply.body.cancel()
      return
    }
    if (this.#running.size > 0 && this.#deps.classifier.status(reply.status) === 'failure') {
      reply.body.dump()
      this.#call.setAside(attempt)
      this.#passedOver.set(attempt, reply)
      return
    }
    this.#settle(attempt, runner)
    this.#resolve(reply)
  }

  #failed(attempt: ClientCall, error: unknown): void {
    const runner = this.#left(attempt, !this.#call.cancelled && isEndpoints(error))
    if (runner === undefined) return
    this.#call.detach(attempt)
    if (this.#running.size > 0) return
    this.#settle(attempt, runner)
    this.#reject(error)
  }

  /**
   * An attempt has an outcome, or we have ended it ourselves; undefined if the race was over without it. What was given up
   * would have taken longer still. Without it the percentile would sink with every hedge; with the time until then it
   * would climb with every endpoint that hangs, and the time that it takes to find a better one with it.
   */
  #left(attempt: ClientCall, hasOutcome: boolean): Runner | undefined {
    const runner = this.#running.get(attempt)
    if (runner === undefined) return undefined
    const tookMs = this.#deps.clock.now() - runner.sinceMs
    if (hasOutcome) this.#latencies.add(tookMs)
    else if (tookMs >= this.#rules.delayMs) this.#latencies.addBeyond(this.#rules.delayMs)
    runner.permits?.release()
    this.#running.delete(attempt)
    return runner
  }

  #settle(winner: ClientCall, { sinceMs: wonSinceMs }: Runner): void {
    this.#armed?.release()
    const call = this.#call
    call.attempt = winner.attempt
    call.endpoint = winner.endpoint
    if (winner.sent) call.sent = true
    for (const [loser, { soft, sinceMs }] of this.#running) {
      this.#left(loser, false)
      call.detach(loser)
      const { service } = call
      // A loser that was too slow by its own timeout is one that timed out, and its connections are not to be trusted;
      // but not if it has had less time than the winner needed.
      if (soft !== undefined && sinceMs > wonSinceMs) soft.passed = undefined
      loser.cancel(soft?.passed ?? new MeshError('ERR_MESH_ABORTED', 'another attempt was faster', { service }))
    }
    this.#abandon()
  }

  /** By now what was passed over is not worth a connection and a permit any more. */
  #abandon(): void {
    for (const [attempt, reply] of this.#passedOver)
      if (!reply.lease.ended)
        attempt.cancel(new MeshError('ERR_MESH_ABORTED', 'the reply of a failed attempt was not needed any more'))
    this.#passedOver.clear()
  }
}
