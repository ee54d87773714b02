/**
 * The stack that a team builds from npm in an afternoon: opossum around p-retry around a timeout signal, a
 * prom-client histogram with labels looked up per call, an OpenTelemetry span.
 */
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import CircuitBreaker from 'opossum'
import pRetry from 'p-retry'
import { Histogram, Registry } from 'prom-client'

/**
 * @param {(signal: AbortSignal) => Promise<{ status: number, body: any }>} send
 * @returns {{ call: () => Promise<{ status: number, body: any }>, close: () => void }}
 */
export function naiveStack(send) {
  const tracer = trace.getTracer('bench')
  const histogram = new Histogram({
    name: 'http_client_request_duration_seconds',
    help: 'Duration of outbound calls',
    labelNames: ['service', 'method', 'status'],
    registers: [new Registry()],
  })

  async function attempt() {
    const reply = await send(AbortSignal.timeout(15_000))
    if (reply.status >= 500) throw new Error(`status ${reply.status}`)
    return reply
  }
  const breaker = new CircuitBreaker(() => pRetry(attempt, { retries: 2 }), {
    timeout: 15_000,
    errorThresholdPercentage: 50,
    volumeThreshold: 20,
    resetTimeout: 10_000,
  })

  async function call() {
    const span = tracer.startSpan('GET reviews', { kind: SpanKind.CLIENT, attributes: { 'server.address': 'reviews' } })
    const end = histogram.startTimer({ service: 'reviews', method: 'GET' })
    try {
      const reply = await breaker.fire()
      span.setAttribute('http.response.status_code', reply.status)
      end({ status: String(reply.status) })
      return reply
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR })
      end({ status: 'error' })
      throw error
    } finally {
      span.end()
    }
  }
  return { call, close: () => breaker.shutdown() }
}
