import { isReplayable } from '../../core/body.js'
import type { ClientCall } from '../../core/call.js'
import { durationMs } from '../../core/duration.js'
import type { Handler, Interceptor } from '../../core/interceptor.js'
import { isIdempotent } from '../../core/method.js'
import type { Reply } from '../../core/reply.js'
import type { HedgeDeps } from './deps.js'
import { Latencies } from './latencies.js'
import { observedCall } from './observed-call.js'
import type { HedgeOptions } from './options.js'
import { Race } from './race.js'

function delayOf({ after = { percentile: 95 } }: HedgeOptions, latencies: Latencies): () => number {
  if (typeof after !== 'object') {
    const fixedMs = durationMs(after)
    return () => fixedMs
  }
  const minimumMs = durationMs(after.minimum) ?? 10
  return () => Math.max(minimumMs, latencies.percentile(after.percentile))
}

/** Hedging on the per-try timeout: when it runs out, and how often. */
export interface PerTry {
  /** The per-try timeout, ms. */
  readonly after: number
  readonly max: number
}

/** What the stage is told beyond that. */
interface StageDeps extends HedgeDeps {
  /** How long attempts took of late, for percentiles. Default: known from now on. */
  readonly latencies?: Latencies | undefined
}

/**
 * Sends another attempt beside one that does not answer, and takes the first good answer (Envoy's request hedging; "The
 * Tail at Scale"). Each attempt is a fork of the call and goes to another endpoint where there is one. What fails at once
 * is left to the retries.
 */
export function hedgeStage(options: HedgeOptions, deps: StageDeps, perTry?: PerTry): Interceptor<ClientCall> {
  const { clock } = deps
  const { max = 1 } = perTry ?? options
  const observes = options.mode === 'observe'
  const latencies = deps.latencies ?? new Latencies(clock)
  const delay = delayOf(perTry ?? options, latencies)

  async function measured(call: ClientCall, next: Handler<ClientCall>): Promise<Reply> {
    const since = clock.now()
    const reply = await next(call)
    latencies.add(clock.now() - since)
    return reply
  }

  return function hedge(call, next) {
    if (!isIdempotent(call.method) || !isReplayable(call.body)) return next(call)
    const delayMs = delay()
    if (delayMs === Number.POSITIVE_INFINITY || clock.now() + delayMs >= call.deadline) return measured(call, next)
    if (observes) return measured(call, (observed) => observedCall(observed, next, delayMs, deps))
    call.tried ??= []
    return new Race(call, next, { delayMs, max, outlives: perTry !== undefined }, deps, latencies).run()
  }
}
