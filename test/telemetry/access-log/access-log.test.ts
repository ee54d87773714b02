import { describe, expect, it } from 'vitest'
import { MeshError } from '../../../src/core/errors.js'
import { type Logger, silentLogger } from '../../../src/core/logger.js'
import { Observer } from '../../../src/core/observer.js'
import { Telemetry } from '../../../src/telemetry/telemetry.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'
import { inbound, openReply, outbound, toSubset } from '../calls.js'

interface Line {
  readonly message: string
  readonly fields: Record<string, unknown>
}

function setup() {
  const lines: Line[] = []
  const logger: Logger = {
    ...silentLogger,
    info: (fields, message) => lines.push({ message, fields: { ...fields } }),
  }
  const clock = fakeClock({ wallMs: Date.UTC(2026, 0, 1) })
  const telemetry = new Telemetry({ workload: { name: 'a' }, observer: new Observer(), clock, logger })
  return {
    lines,
    clock,
    telemetry,
    send: telemetry.service({ name: 'reviews' }).service,
    serve: telemetry.server('workload'),
  }
}

/** Istio's JSON keys. */
const keys =
  'start_time route_name method path protocol response_code response_flags response_code_details connection_termination_details bytes_received bytes_sent duration upstream_service_time x_forwarded_for user_agent request_id authority upstream_host upstream_cluster upstream_local_address downstream_local_address downstream_remote_address requested_server_name upstream_transport_failure_reason'
    .split(' ')
    .sort()

describe('the access log', () => {
  it("has one line a call, with Istio's keys, when the body has ended", async () => {
    const { lines, clock, send } = setup()
    const reply = openReply(200)
    const call = outbound('/items?page=2')
    call.headers.set('x-request-id', 'id-1')
    await send(call, async (one) => {
      await clock.advance(12)
      one.destination = toSubset('v1')
      one.route = { name: 'default' }
      one.endpoint = { id: '10.0.0.1:80', scheme: 'http', host: '10.0.0.1', port: 80, origin: 'http://10.0.0.1:80' }
      return reply
    })
    expect(lines).toEqual([])
    await clock.advance(30)
    reply.body.complete(undefined)
    expect(lines).toHaveLength(1)
    const fields = lines[0]?.fields ?? {}
    expect(Object.keys(fields).sort()).toEqual(keys)
    expect(fields).toMatchObject({
      start_time: '2026-01-01T00:00:00.000Z',
      method: 'GET',
      path: '/items',
      response_code: 200,
      response_flags: '-',
      response_code_details: 'via_upstream',
      duration: 42,
      upstream_service_time: 12,
      bytes_sent: 10,
      request_id: 'id-1',
      authority: 'reviews',
      route_name: 'default',
      upstream_host: '10.0.0.1:80',
      upstream_cluster: 'reviews|v1',
      user_agent: null,
    })
  })

  it('tells why there was no reply', async () => {
    const { lines, send } = setup()
    const error = new MeshError('ERR_MESH_CONNECT', 'connection refused', { detail: 'upstream_reset' })
    await send(outbound(), () => Promise.reject(error)).catch(() => {})
    expect(lines[0]?.fields).toMatchObject({
      response_code: 503,
      response_flags: 'UF',
      response_code_details: 'upstream_reset',
      upstream_transport_failure_reason: 'connection refused',
      upstream_service_time: null,
    })
  })

  it('has inbound lines, of refused calls too', async () => {
    const { lines, serve } = setup()
    const call = inbound({ headers: { 'user-agent': 'curl/8' }, method: 'POST' })
    await serve(call, () => Promise.reject(new MeshError('ERR_MESH_FORBIDDEN', 'x', { detail: 'rbac' }))).catch(
      () => {},
    )
    expect(Object.keys(lines[0]?.fields ?? {}).sort()).toEqual(keys)
    expect(lines[0]).toMatchObject({
      message: 'inbound',
      fields: {
        response_code: 403,
        response_code_details: 'rbac',
        user_agent: 'curl/8',
        downstream_remote_address: '192.0.2.1',
      },
    })
  })

  it('says of code that threw what the client is told', async () => {
    const { lines, serve } = setup()
    await serve(inbound(), () => Promise.reject(new TypeError('canary'))).catch(() => {})
    expect(lines[0]?.fields).toMatchObject({ response_code: 500, response_code_details: 'ERR_MESH_INTERNAL' })
    expect(JSON.stringify(lines)).not.toContain('canary')
  })

  it('never shows a query, nor a header that it was not asked for', async () => {
    const { lines, serve, send } = setup()
    const headers = { authorization: 'Bearer canary-token', cookie: 'canary-cookie' }
    await serve(inbound({ target: '/a?jwt=canary-jwt&canary-bare', headers }), () =>
      Promise.resolve(openReply(200)),
    ).then((reply) => reply.body.complete(undefined))
    await send(outbound('/b?key=canary-key'), () => Promise.reject(new MeshError('ERR_MESH_CONNECT', 'x'))).catch(
      () => {},
    )
    expect(lines).toHaveLength(2)
    expect(JSON.stringify(lines)).not.toContain('canary')
  })

  it('escapes what could forge a line or hide a part of it, and cuts what is too long', async () => {
    const { lines, serve } = setup()
    const headers = { 'user-agent': 'a\r\n{"forged":1}\u001b[2K\u202e\u2028b', 'x-forwarded-for': 'x'.repeat(10_000) }
    await serve(inbound({ headers }), () => Promise.reject(new MeshError('ERR_MESH_FORBIDDEN', 'x'))).catch(() => {})
    expect(lines[0]?.fields.user_agent).toBe('a\\u000d\\u000a{"forged":1}\\u001b[2K\\u202e\\u2028b')
    expect(String(lines[0]?.fields.x_forwarded_for).length).toBeLessThan(600)
  })

  it.each([undefined, silentLogger])('is off without a logger', async (logger) => {
    const telemetry = new Telemetry({ workload: { name: 'a' }, observer: new Observer(), logger })
    const reply = openReply(200)
    const seen: string[] = []
    Object.defineProperty(reply.headers, 'get', { value: (name: string) => void seen.push(name) })
    await telemetry.service({ name: 'reviews' }).service(outbound(), () => Promise.resolve(reply))
    reply.body.complete(undefined)
    expect(seen).toEqual([])
  })
})
