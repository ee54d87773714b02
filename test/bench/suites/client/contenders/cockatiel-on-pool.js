/** A careful stack on `pool.request`: cockatiel's policies, metrics bound once, an OpenTelemetry span. */
import { setMaxListeners } from 'node:events'
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import {
  bulkhead,
  circuitBreaker,
  ExponentialBackoff,
  handleAll,
  retry,
  SamplingBreaker,
  TimeoutStrategy,
  timeout,
  wrap,
} from 'cockatiel'
import { Histogram, Registry } from 'prom-client'
import { Pool } from 'undici'
import { createTarget } from '../target.js'

/** @param {import('../target.js').TargetOptions} options */
export function open(options) {
  const { origin, path, headers, json, isRight, connectOptions } = createTarget(options)
  const pool = new Pool(origin, connectOptions)
  // Its timeout hangs a listener per live call on the caller's signal.
  const stopping = new AbortController()
  setMaxListeners(0, stopping.signal)
  const tracer = trace.getTracer('bench')
  const histogram = new Histogram({
    name: 'http_client_request_duration_seconds',
    help: 'Duration of outbound calls',
    labelNames: ['service', 'method', 'status'],
    registers: [new Registry()],
  })
  const succeeded = histogram.labels('reviews', 'GET', '200')
  const failed = histogram.labels('reviews', 'GET', 'error')
  const policy = wrap(
    retry(handleAll, { maxAttempts: 2, backoff: new ExponentialBackoff() }),
    circuitBreaker(handleAll, {
      halfOpenAfter: 10_000,
      breaker: new SamplingBreaker({ threshold: 0.5, duration: 10_000, minimumRps: 2 }),
    }),
    timeout(15_000, TimeoutStrategy.Cooperative),
    bulkhead(1_024, 1_024),
  )

  /** @param {{ signal: AbortSignal }} context */
  async function attempt({ signal }) {
    const { statusCode, body } = await pool.request({ method: 'GET', path, headers, signal })
    if (statusCode >= 500) throw new Error(`status ${statusCode}`)
    return isRight(statusCode, json ? await body.json() : await body.arrayBuffer())
  }

  async function call() {
    const span = tracer.startSpan('GET reviews', { kind: SpanKind.CLIENT, attributes: { 'server.address': 'reviews' } })
    const started = performance.now()
    try {
      const right = await policy.execute(attempt, stopping.signal)
      succeeded.observe((performance.now() - started) / 1_000)
      return right
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR })
      failed.observe((performance.now() - started) / 1_000)
      throw error
    } finally {
      span.end()
    }
  }
  return { call, close: () => pool.close() }
}
