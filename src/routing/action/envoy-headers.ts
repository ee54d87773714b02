import type { ClientCall } from '../../core/call.js'
import type { Clock } from '../../core/clock.js'
import type { HeaderMap } from '../../core/headers.js'

/** What would steer a proxy, or tell it who calls: nobody who is not a proxy himself may say so. */
const steering: ReadonlySet<string> = new Set([
  'x-envoy-expected-rq-timeout-ms',
  'x-envoy-force-trace',
  'x-envoy-hedge-on-per-try-timeout',
  'x-envoy-internal',
  'x-envoy-ip-tags',
  'x-envoy-max-retries',
  'x-envoy-original-url',
  'x-envoy-retriable-header-names',
  'x-envoy-retriable-status-codes',
  'x-envoy-retry-grpc-on',
  'x-envoy-retry-on',
  'x-envoy-upstream-alt-stat-name',
  'x-envoy-upstream-rq-per-try-timeout-ms',
  'x-envoy-upstream-rq-timeout-alt-response',
  'x-envoy-upstream-rq-timeout-ms',
  'x-envoy-upstream-stream-duration-ms',
])

/** Takes off what would steer a proxy on the way. */
export function stripSteering(headers: HeaderMap): void {
  const { raw } = headers
  for (let i = raw.length - 2; i >= 0; i -= 2) {
    const name = raw[i] ?? ''
    if (name.length < 15 || (name.charCodeAt(0) | 32) !== 120) continue
    const lower = name.toLowerCase()
    if (lower.startsWith('x-envoy-') && steering.has(lower)) {
      headers.delete(lower)
      stripSteering(headers)
      return
    }
  }
}

/** When an attempt ends, at the latest. */
export interface AttemptLimits {
  /** 0 for none. */
  readonly perTryMs: number
  readonly clock: Clock
}

/** Tells the callee which attempt this is, and how long the caller waits for it. */
export function announceAttempt(call: ClientCall, { perTryMs, clock }: AttemptLimits): void {
  call.headers.set('x-envoy-attempt-count', String(call.attempt + 1))
  if (perTryMs === 0 && call.deadline === Number.POSITIVE_INFINITY) return
  const leftMs = Math.max(1, Math.floor(call.deadline - clock.now()))
  call.headers.set('x-envoy-expected-rq-timeout-ms', String(perTryMs === 0 ? leftMs : Math.min(perTryMs, leftMs)))
}
