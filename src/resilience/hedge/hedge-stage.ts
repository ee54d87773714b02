import type { ClientCall } from '../../core/call.js'
import { durationMs } from '../../core/duration.js'
import type { Handler, Interceptor } from '../../core/interceptor.js'
import { isIdempotent } from '../../core/method.js'
import type { Reply } from '../../core/reply.js'
import type { HedgeDeps } from './deps.js'
import { Latencies } from './latencies.js'
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

/**
 * Sends another attempt beside one that does not answer, and takes the first good answer (Envoy's request hedging; "The
 * Tail at Scale"). Each attempt is a fork of the call and goes to another endpoint where there is one. What fails at once
 * is left to the retries.
 */
export function hedgeStage(options: HedgeOptions, deps: HedgeDeps): Interceptor<ClientCall> {
  const { clock } = deps
  const { max = 1 } = options
  const latencies = new Latencies(clock)
  const delay = delayOf(options, latencies)

  async function measured(call: ClientCall, next: Handler<ClientCall>): Promise<Reply> {
    const since = clock.now()
    const reply = await next(call)
    latencies.add(clock.now() - since)
    return reply
  }

  return function hedge(call, next) {
    if (!isIdempotent(call.method) || call.body.kind === 'stream') return next(call)
    call.tried ??= []
    const delayMs = delay()
    if (delayMs === Number.POSITIVE_INFINITY || clock.now() + delayMs >= call.deadline) return measured(call, next)
    return new Race(call, next, { delayMs, max }, deps, latencies).run()
  }
}
