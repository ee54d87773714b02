import { Counter, register as globalRegistry, Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../../src/core/config-error.js'
import type { MeshEvents } from '../../../src/core/events.js'
import { Observer } from '../../../src/core/observer.js'
import { MeshMetrics } from '../../../src/telemetry/metrics/mesh-metrics.js'
import type { MetricsRegistry } from '../../../src/telemetry/metrics/registry.js'
import { inbound, webPeer } from '../calls.js'
import { scraped } from '../exposition.js'

const workload = { name: 'checkout', namespace: 'shop', labels: { app: 'checkout', version: 'v7' } }

function events(registry?: MetricsRegistry) {
  const metrics = new MeshMetrics(workload, registry)
  const observer = new Observer()
  metrics.subscribe(observer)
  metrics.client({ name: 'reviews' })
  return {
    metrics,
    observer,
    value: (name: string, labels?: Record<string, string>) => scraped(metrics.registry, name, labels),
  }
}

describe('the metrics of a mesh', () => {
  it('stand in a registry of its own, never the global one', async () => {
    const { metrics } = events()
    expect(await metrics.registry.metrics()).toContain('# TYPE mesh_client_requests_total counter')
    expect(await globalRegistry.metrics()).not.toContain('mesh_')
  })

  it('go into the registry that the user hands in, beside what is there', async () => {
    const registry: MetricsRegistry = new Registry()
    const { metrics } = events(registry)
    expect(metrics.registry).toBe(registry)
    expect(await registry.metrics()).toContain('mesh_breaker_state')
  })

  it('are shared by two meshes in one registry, and stay while one of them counts', async () => {
    const registry = new Registry()
    const a = events(registry)
    const b = events(registry)
    a.metrics.client({ name: 'reviews' }).record(200, '-', 'success', 5, undefined)
    b.metrics.client({ name: 'reviews' }).record(200, '-', 'success', 5, undefined)
    const success = { service: 'reviews', outcome: 'success' }
    expect(await a.value('mesh_client_requests_total', success)).toBe(2)
    a.metrics.close()
    expect(await b.value('mesh_client_requests_total', success)).toBe(2)
    b.metrics.close()
    expect(await b.value('mesh_client_requests_total', success)).toBeUndefined()
  })

  it('refuse a registry with other metrics under their names, and name all of them', () => {
    const registry = new Registry()
    new Counter({ name: 'istio_requests_total', help: 'x', labelNames: ['a'], registers: [registry] })
    new Counter({ name: 'mesh_breaker_state', help: 'x', labelNames: ['service'], registers: [registry] })
    let problems: readonly string[] = []
    try {
      new MeshMetrics(workload, registry)
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      problems = error.problems.map((problem) => problem.message)
    }
    expect(problems).toHaveLength(2)
    expect(problems.join()).toMatch(/mesh_breaker_state.*istio_requests_total/)
  })

  it.each<[keyof MeshEvents, MeshEvents[keyof MeshEvents], string, Record<string, string>]>([
    [
      'breaker',
      { service: 'reviews', state: 'open' },
      'mesh_breaker_transitions_total',
      { service: 'reviews', state: 'open' },
    ],
    [
      'ejection',
      { service: 'reviews', endpoint: '10.0.0.1:80', ejected: true, reason: '5xx', forMs: 1 },
      'mesh_ejections_total',
      { service: 'reviews', reason: '5xx' },
    ],
    [
      'discovery',
      { service: 'reviews', result: 'failed', endpoints: 0 },
      'mesh_discovery_updates_total',
      { service: 'reviews', result: 'failed' },
    ],
    [
      'health-check',
      { service: 'reviews', endpoint: '10.0.0.1:80', healthy: false, reason: 'status 503' },
      'mesh_health_check_transitions_total',
      { service: 'reviews', state: 'unhealthy' },
    ],
    [
      'retry',
      { service: 'reviews', attempt: 1, reason: '5xx', delayMs: 1 },
      'mesh_retries_total',
      { service: 'reviews', reason: '5xx' },
    ],
    [
      'retry-suppressed',
      { service: 'reviews', reason: 'budget' },
      'mesh_retry_suppressed_total',
      { service: 'reviews', reason: 'budget' },
    ],
    ['shed', { reason: 'queue-full' }, 'mesh_server_shed_total', { reason: 'queue-full' }],
    [
      'observed',
      { service: 'reviews', policy: 'retry', action: 'retry' },
      'mesh_observed_total',
      { service: 'reviews', policy: 'retry', action: 'retry' },
    ],
    [
      'hedge',
      { service: 'reviews', sent: false, afterMs: 80 },
      'mesh_hedges_total',
      { service: 'reviews', sent: 'false' },
    ],
    ['coalesced', { service: 'reviews' }, 'mesh_coalesced_total', { service: 'reviews' }],
    [
      'fallback',
      { service: 'reviews', result: 'answered' },
      'mesh_fallbacks_total',
      { service: 'reviews', result: 'answered' },
    ],
    [
      'overflow',
      { service: 'reviews', limit: 'maxRequests' },
      'mesh_shed_total',
      { service: 'reviews', reason: 'maxRequests' },
    ],
    [
      'connection',
      { service: 'reviews', endpoint: '10.0.0.1:80' },
      'istio_tcp_connections_opened_total',
      { source_service: 'checkout', destination_service: 'reviews', reporter: 'source', request_protocol: 'tcp' },
    ],
    [
      'rate-limit',
      { policy: 'p', decision: 'limited', backend: 'redis' },
      'mesh_ratelimit_total',
      { policy: 'p', decision: 'limited', backend: 'redis' },
    ],
    [
      'limit-store',
      { policy: 'p', mode: 'local', kind: 'timeout' },
      'mesh_ratelimit_store_errors_total',
      { policy: 'p', mode: 'local', kind: 'timeout' },
    ],
    [
      'config',
      { result: 'applied', generation: 1, warnings: [], diff: { added: [], removed: [], changed: [] }, errors: [] },
      'mesh_config_reload_total',
      { result: 'applied' },
    ],
    [
      'authentication',
      { method: 'jwt', result: 'refused', reason: 'expired' },
      'mesh_authn_total',
      { method: 'jwt', result: 'refused', reason: 'expired' },
    ],
    ['authorization', { decision: 'deny', rule: 'r' }, 'mesh_authz_total', { decision: 'deny', rule: 'r' }],
    ['identity', { result: 'rotated', generation: 2 }, 'mesh_identity_reload_total', { result: 'rotated' }],
    [
      'peer-rejected',
      { side: 'server', reason: 'expired' },
      'mesh_identity_rejected_total',
      { side: 'server', reason: 'expired' },
    ],
    ['jwks', { issuer: 'i', uri: 'u', result: 'failed' }, 'mesh_jwks_fetches_total', { issuer: 'i', result: 'failed' }],
    ['fault', { where: 'identity', error: new Error('x') }, 'mesh_faults_total', { where: 'identity' }],
  ])('count %s', async (event, payload, name, labels) => {
    const { observer, value } = events()
    observer.emit(event, payload as never)
    observer.emit(event, payload as never)
    expect(await value(name, labels)).toBe(2)
  })

  it('show the state of a breaker: 0 closed, 1 half-open, 2 open', async () => {
    const { observer, value } = events()
    const seen: unknown[] = []
    for (const state of ['open', 'half-open', 'closed'] as const) {
      observer.emit('breaker', { service: 'reviews', state })
      seen.push(await value('mesh_breaker_state', { service: 'reviews' }))
    }
    expect(seen).toEqual([2, 1, 0])
  })

  it('count no transition of a breaker that has only changed its mode', async () => {
    const { observer, value } = events()
    observer.emit('breaker', { service: 'reviews', state: 'open', observes: true })
    observer.emit('breaker', { service: 'reviews', state: 'open', modeOnly: true })
    expect(await value('mesh_breaker_state', { service: 'reviews' })).toBe(2)
    expect(await value('mesh_breaker_transitions_total', { service: 'reviews', state: 'open' })).toBe(1)
  })

  it('show the state of a breaker of a subset, and of none that is gone', async () => {
    const { observer, value } = events()
    const labels = { service: 'reviews\\|v2' }
    observer.emit('breaker', { service: 'reviews|v2', state: 'open' })
    expect(await value('mesh_breaker_state', labels)).toBe(2)
    observer.emit('breaker', { service: 'reviews|v2', state: 'closed', removed: true })
    expect(await value('mesh_breaker_state', labels)).toBeUndefined()
    expect(await value('mesh_breaker_transitions_total', { ...labels, state: 'open' })).toBe(1)
    expect(await value('mesh_breaker_transitions_total', { ...labels, state: 'closed' })).toBeUndefined()
  })

  it('tell when our certificate expires', async () => {
    const { metrics, value } = events()
    metrics.certificate(1_800_000_000_000)
    expect(await value('mesh_cert_not_after_seconds', { workload: 'checkout' })).toBe(1_800_000_000)
  })

  it('lose the series of a service with the service, and late calls do not bring them back', async () => {
    const { metrics, observer } = events()
    const client = metrics.client({ name: 'reviews' })
    client.record(200, '-', 'success', 5, undefined)
    observer.emit('breaker', { service: 'reviews', state: 'open' })
    expect(await metrics.registry.metrics()).toContain('"reviews"')
    metrics.forget('reviews')
    client.record(200, '-', 'success', 5, undefined)
    client.record(503, 'UO', 'rejected', 5, 'v9')
    client.attempt(0)
    client.deadlineExceeded('queue')
    observer.emit('breaker', { service: 'reviews', state: 'closed' })
    observer.emit('connection', { service: 'reviews', endpoint: 'x' })
    expect(await metrics.registry.metrics()).not.toContain('reviews')
  })

  it('keep counting where they were when a service is compiled again', async () => {
    const { metrics, value } = events()
    metrics.client({ name: 'reviews' }).record(200, '-', 'success', 5, undefined)
    metrics.client({ name: 'reviews' }).record(200, '-', 'success', 5, undefined)
    metrics.retain(new Set(['reviews']))
    expect(await value('mesh_client_requests_total', { outcome: 'success' })).toBe(2)
    expect(await value('mesh_client_request_duration_seconds_count')).toBe(2)
  })

  it('leave nothing behind when the mesh closes', async () => {
    const registry = new Registry()
    const { metrics, observer } = events(registry)
    observer.emit('rate-limit', { policy: 'p', decision: 'allowed', backend: 'memory' })
    metrics.server('gateway').record(inbound(), 200, '-', 'service', 1)
    expect((await registry.metrics()).split('\n').some((line) => line.includes('{'))).toBe(true)
    metrics.close()
    observer.emit('rate-limit', { policy: 'p', decision: 'allowed', backend: 'memory' })
    metrics.client({ name: 'late' }).record(200, '-', 'success', 5, undefined)
    expect((await registry.metrics()).split('\n').filter((line) => line.includes('{'))).toEqual([])
  })

  it('end somewhere, whatever becomes a label', async () => {
    const { metrics, observer } = events()
    for (let i = 0; i < 5_000; i++) observer.emit('authorization', { decision: 'deny', rule: `r${i}` })
    const lines = (await metrics.registry.metrics()).split('\n').filter((line) => line.startsWith('mesh_authz_total{'))
    expect(lines.length).toBeLessThanOrEqual(2_001)
    expect(lines.at(-1)).toBe('mesh_authz_total{decision="other",rule="other"} 3000')
  })
})

describe('the series of an outbound call', () => {
  it('are there from the first call on, however many services are configured', async () => {
    const { metrics, value } = events()
    const clients = Array.from({ length: 2_500 }, (_, i) => metrics.client({ name: `s${i}` }))
    expect(await value('mesh_client_requests_total')).toBeUndefined()
    clients.at(-1)?.attempt(0)
    clients.at(-1)?.record(200, '-', 'success', 5, undefined)
    const service = 's2499'
    expect(await value('mesh_client_requests_total', { service, outcome: 'success' })).toBe(1)
    expect(await value('mesh_client_attempts_total', { service, reason: 'initial' })).toBe(1)
    expect(await value('mesh_client_request_duration_seconds_count', { service })).toBe(1)
  })

  it('show no failure with the first success, so that a rate sees the first of them', async () => {
    const { metrics, value } = events()
    const client = metrics.client({ name: 'reviews' })
    client.record(200, '-', 'success', 5, undefined)
    const failures = { service: 'reviews', outcome: 'failure' }
    expect(await value('mesh_client_requests_total', failures)).toBe(0)
    client.record(503, '-', 'failure', 5, undefined)
    expect(await value('mesh_client_requests_total', failures)).toBe(1)
    expect(await value('mesh_client_requests_total', { outcome: 'aborted' })).toBeUndefined()
  })

  it("are Istio's, with all of its labels", async () => {
    const { metrics, value } = events()
    metrics
      .client({ name: 'reviews.shop.svc.cluster.local', subsets: { canary: { version: 'v2' } } })
      .record(503, 'UO', 'rejected', 3, 'canary')
    const labels = {
      reporter: 'source',
      source_workload: 'checkout',
      source_workload_namespace: 'shop',
      source_canonical_service: 'checkout',
      source_canonical_revision: 'v7',
      source_app: 'checkout',
      source_version: 'v7',
      destination_service: 'reviews.shop.svc.cluster.local',
      destination_service_name: 'reviews',
      destination_service_namespace: 'shop',
      destination_version: 'v2',
      request_protocol: 'http',
      response_code: '503',
      response_flags: 'UO',
      connection_security_policy: 'unknown',
      grpc_response_status: 'unknown',
    }
    expect(await value('istio_requests_total', labels)).toBe(1)
  })

  it("sort durations into Envoy's buckets, in milliseconds, and into seconds", async () => {
    const { metrics, value } = events()
    const client = metrics.client({ name: 'reviews' })
    for (const ms of [0.4, 7, 2_600]) client.record(200, '-', 'success', ms, undefined)
    const istio = (le: string) =>
      value('istio_request_duration_milliseconds_bucket', { destination_service: 'reviews', le })
    expect([
      await istio('0.5'),
      await istio('10'),
      await istio('2500'),
      await istio('5000'),
      await istio('3600000'),
    ]).toEqual([1, 2, 2, 3, 3])
    expect(await value('istio_request_duration_milliseconds_sum')).toBeCloseTo(2_607.4)
    expect(await value('mesh_client_request_duration_seconds_bucket', { service: 'reviews', le: '0.01' })).toBe(2)
  })

  it('split by subset, named after it when its labels are not known', async () => {
    const { metrics, value } = events()
    const client = metrics.client({ name: 'reviews' })
    for (const subset of ['v1', 'v1', 'v2']) client.record(200, '-', 'success', 1, subset)
    expect(await value('istio_requests_total', { destination_version: 'v1' })).toBe(2)
    expect(await value('istio_requests_total', { destination_version: 'v2' })).toBe(1)
  })
})

describe('the series of an inbound call', () => {
  it('are those of an Istio destination at a workload', async () => {
    const { metrics, value } = events()
    const call = inbound({ peer: webPeer })
    metrics.server('workload').record(call, 200, '-', 'service', 3)
    metrics.server('workload').record(inbound(), 200, '-', 'service', 3)
    const labels = {
      reporter: 'destination',
      destination_service: 'checkout',
      destination_workload: 'checkout',
      response_code: '200',
    }
    expect(
      await value('istio_requests_total', {
        ...labels,
        source_principal: 'spiffe://td/ns/shop/sa/web',
        connection_security_policy: 'mutual_tls',
      }),
    ).toBe(1)
    expect(
      await value('istio_requests_total', {
        ...labels,
        source_principal: 'unknown',
        connection_security_policy: 'none',
      }),
    ).toBe(1)
  })

  it('are of each service where routes of one name lead to several, and of each source where the status is one', async () => {
    const { metrics, value } = events()
    const server = metrics.server('gateway')
    for (const service of ['old', 'new', 'old', 'old']) {
      const call = inbound()
      call.route = 'api'
      call.service = service
      server.record(call, 503, '-', 'service', 1)
      server.record(call, 503, 'UO', 'kong', 1)
    }
    for (const source of ['service', 'kong']) {
      expect(await value('kong_http_requests_total', { route: 'api', service: 'old', source })).toBe(3)
      expect(await value('kong_http_requests_total', { route: 'api', service: 'new', source })).toBe(1)
    }
  })

  it("are Kong's at a gateway, under today's names and the older ones", async () => {
    const { metrics, value } = events()
    const server = metrics.server('gateway')
    const call = inbound()
    call.route = 'api'
    call.service = 'backend'
    server.record(call, 200, '-', 'service', 60)
    server.record(call, 429, 'RL', 'kong', 1)
    server.record(inbound(), 404, 'NR', 'kong', 1)
    const at = { route: 'api', service: 'backend' }
    expect(
      await value('kong_http_requests_total', { ...at, code: '200', source: 'service', workspace: 'default' }),
    ).toBe(1)
    expect(await value('kong_http_requests_total', { ...at, code: '429', source: 'kong' })).toBe(1)
    for (const name of ['kong_request_latency_ms', 'kong_request_duration_ms']) {
      expect(await value(`${name}_count`, at)).toBe(2)
      expect(await value(`${name}_bucket`, { ...at, le: '80' })).toBe(2)
      expect(await value(`${name}_bucket`, { ...at, le: '50' })).toBe(1)
    }
    expect(await value('kong_nginx_http_requests_total', { status: '404' })).toBe(1)
    expect(await value('kong_nginx_requests_total', { subsystem: 'http' })).toBe(3)
    expect(await value('mesh_server_request_duration_seconds_count', { route: 'api' })).toBe(2)
    expect(await value('istio_requests_total')).toBeUndefined()
  })
})
