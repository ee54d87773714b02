import { describe, expect, it } from 'vitest'
import { MeshError } from '../../src/core/errors.js'
import type { Handler } from '../../src/core/interceptor.js'
import { Observer } from '../../src/core/observer.js'
import { directReply } from '../../src/core/reply.js'
import type { ServerCall } from '../../src/core/server-call.js'
import { Telemetry } from '../../src/telemetry/telemetry.js'
import { fakeClock } from '../../src/testing/fake-clock.js'
import { inbound, openReply } from './calls.js'
import { scraped } from './exposition.js'

function setup(role: 'workload' | 'gateway') {
  const clock = fakeClock()
  const telemetry = new Telemetry({ workload: { name: 'backend' }, observer: new Observer(), clock })
  const stage = telemetry.server(role)
  return {
    clock,
    serve: (next: Handler<ServerCall>, call = inbound()) => stage(call, next),
    value: (name: string, labels?: Record<string, string>) => scraped(telemetry.metrics.registry, name, labels),
  }
}

describe('telemetry of an inbound call', () => {
  it('counts the answer of the application when its body ends', async () => {
    const { serve, value, clock } = setup('workload')
    const reply = openReply(201)
    await serve(() => Promise.resolve(reply))
    await clock.advance(15)
    reply.body.complete(undefined)
    expect(await value('istio_requests_total', { reporter: 'destination', response_code: '201' })).toBe(1)
    expect(await value('istio_request_duration_milliseconds_sum')).toBe(15)
  })

  it.each<[unknown, string, string]>([
    [new MeshError('ERR_MESH_FORBIDDEN', 'no'), '403', '-'],
    [new MeshError('ERR_MESH_RATE_LIMITED', 'no', { status: 503 }), '503', 'RL'],
    [new MeshError('ERR_MESH_ABORTED', 'gone'), '0', 'DC'],
    [new Error('bug'), '500', '-'],
  ])('counts a refusal: %s is %s %s', async (error, code, flag) => {
    const { serve, value } = setup('workload')
    await expect(serve(() => Promise.reject(error))).rejects.toBe(error)
    expect(await value('istio_requests_total', { response_code: code, response_flags: flag })).toBe(1)
  })

  it('sees the route that a stage below has found, and tells whose answer it was', async () => {
    const { serve, value } = setup('gateway')
    const routed = (next: Handler<ServerCall>): Handler<ServerCall> =>
      function route(call) {
        call.route = 'api'
        call.service = 'backend'
        return next(call)
      }
    await serve(routed(() => Promise.resolve(directReply(200))))
    await serve(routed(() => Promise.reject(new MeshError('ERR_MESH_UNAUTHENTICATED', 'x')))).catch(() => {})
    await serve(routed(() => Promise.reject(new MeshError('ERR_MESH_CONNECT', 'x')))).catch(() => {})
    const at = { route: 'api', service: 'backend' }
    expect(await value('kong_http_requests_total', { ...at, code: '200', source: 'service' })).toBe(1)
    expect(await value('kong_http_requests_total', { ...at, code: '401', source: 'kong' })).toBe(1)
    expect(await value('kong_http_requests_total', { ...at, code: '503', source: 'service' })).toBe(1)
  })
})
