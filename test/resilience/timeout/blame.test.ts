import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import type { ServiceConfig } from '../../../src/config/service.js'
import type { Phase } from '../../../src/core/phase.js'
import { createMesh } from '../../../src/index.js'
import { deadlineOrigin, isHurried, timeoutOrigin } from '../../../src/resilience/timeout/blame.js'
import { type FaultyServer, fakeClock } from '../../../src/testing/index.js'
import { outcome } from '../../faults/outcomes.js'
import { type ApiMesh, closing, endpointsOf, expectNothingLeaks, meshTo, serving } from '../../faults/scaffold.js'
import { callTo } from '../upstream.js'

expectNothingLeaks()

describe('a timeout', () => {
  it.each<Phase>(['config', 'discovery', 'fault', 'queue', 'upload', 'reader'])(
    'while waiting for %s is local',
    (phase) => {
      expect(timeoutOrigin(phase, false)).toBe('local')
    },
  )

  it.each<Phase | undefined>(['connect', 'headers', 'body', undefined])(
    'while waiting for %s is the endpoint’s',
    (phase) => {
      expect([timeoutOrigin(phase, false), timeoutOrigin(phase, true)]).toEqual([undefined, 'local'])
    },
  )

  it.each([
    ['the request being served leaves less than half of the service’s time', 1_400, 1_400, 1_000, true],
    ['it leaves half of it', 1_500, 1_500, 1_000, false],
    ['it leaves any, and the service sets no time', 9_000, 9_000, Number.POSITIVE_INFINITY, true],
    ['the deadline is the call’s own', 1_400, 1_500, 1_000, false],
    ['there is none', Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, false],
  ])('is that of a hurried call where %s', (_name, deadline, callers, limitMs, hurried) => {
    const caller = { repeated: false, deadline: callers, noteRetriesSpent() {} }
    const call = Object.assign(callTo(), { deadline, caller })
    call.hurried = isHurried(call, limitMs, 1_000)
    expect(call.hurried).toBe(hurried)
    expect(deadlineOrigin(call.fork(), 'headers', false)).toBe(hurried ? 'local' : undefined)
  })
})

/** Policies that take the first failure for one too many. */
const eager = { outlierDetection: { consecutive5xxErrors: 1 }, circuitBreaker: { volumeThreshold: 1 } } as const

function standing(mesh: ApiMesh): object {
  return {
    breakers: mesh.breakers().map(({ state }) => state),
    ejected: endpointsOf(mesh).map(({ ejected }) => ejected),
  }
}
const unharmed = { breakers: ['closed'], ejected: [false] }
const blamed = { breakers: ['open'], ejected: [true] }

function given(server: FaultyServer, policies: Omit<ServiceConfig<never>, 'endpoints'>) {
  const clock = fakeClock()
  return { clock, mesh: meshTo([server], { ...eager, ...policies }, { clock }) }
}

describe('breakers and outlier detection', () => {
  it('count a peer that does not go on', async () => {
    const { clock, mesh } = given(await serving({ hang: 'body' }), { timeout: '1s' })
    const reply = await mesh.request({ service: 'api' })
    await clock.advance(1_100)
    expect(reply.lease.error).toMatchObject({ code: 'ERR_MESH_TIMEOUT', phase: 'body', origin: 'upstream' })
    expect(standing(mesh)).toEqual(blamed)
  })

  it('pass over a caller that does not read', async () => {
    const { clock, mesh } = given(await serving({ reply: 200, body: Buffer.alloc(4 << 20) }), { timeout: '1s' })
    const reply = await mesh.request({ service: 'api' })
    await expect.poll(() => reply.body.held, { interval: 5 }).toBe(true)
    await clock.advance(1_100)
    expect(reply.lease.error).toMatchObject({ code: 'ERR_MESH_TIMEOUT', phase: 'reader', origin: 'local' })
    expect(standing(mesh)).toEqual(unharmed)
  })

  it.each([
    ['its deadline', { timeout: '1s' }, 'ERR_MESH_TIMEOUT'],
    ['its attempt timeout', { retry: { attempts: 0, perTryTimeout: '1s' } }, 'ERR_MESH_ATTEMPT_TIMEOUT'],
    ['its idle timeout', { retry: { attempts: 0, perTryIdleTimeout: '1s' } }, 'ERR_MESH_ATTEMPT_TIMEOUT'],
  ] as const)('pass over a caller that is not done with its upload by %s', async (_name, policies, code) => {
    const server = await serving()
    const { clock, mesh } = given(server, policies)
    let asked = 0
    const body = new Readable({ read: () => void (asked++ === 0 && body.push('x')) })
    const failed = expect(mesh.request({ service: 'api', method: 'POST', body })).rejects.toMatchObject({
      code,
      phase: 'upload',
      origin: 'local',
    })
    await expect.poll(() => asked, { interval: 5 }).toBeGreaterThan(1)
    await clock.advance(1_100)
    await failed
    expect(standing(mesh)).toEqual(unharmed)
  })

  it.each([
    ['calls', {}],
    ['coalesced calls', { coalesce: true }],
  ] as const)('pass over %s that waited for a permit of our own', async (_which, policies) => {
    const { clock, mesh } = given(await serving({ hang: 'body' }), { limits: { maxConnections: 1 }, ...policies })
    const holder = await mesh.request({ service: 'api', path: '/other' })
    const waiting = expect(mesh.request({ service: 'api', timeout: '1s' })).rejects.toMatchObject({
      code: 'ERR_MESH_TIMEOUT',
      phase: 'queue',
      origin: 'local',
    })
    await clock.advance(1_100)
    await waiting
    expect(standing(mesh)).toEqual(unharmed)
    holder.body.cancel()
  })

  it('pass over a call that gets its permit as its time runs out', async () => {
    const { clock, mesh } = given(await serving({ hang: 'headers' }), { timeout: '1s', limits: { maxConnections: 1 } })
    const calls = [1, 2].map(() => mesh.request({ service: 'api' }).catch((error: unknown) => error))
    await clock.advance(1_100)
    expect(await Promise.all(calls)).toMatchObject([
      { phase: 'headers', origin: 'upstream' },
      { phase: 'queue', origin: 'local' },
    ])
  })

  it('count an endpoint that hangs while the second attempt of its call waits for a permit of our own', async () => {
    const hedge = { after: '100ms' } as const
    const policies = { timeout: '1s', limits: { maxConnections: 1 }, hedge } as const
    const { clock, mesh } = given(await serving({ hang: 'headers' }), policies)
    const failed = expect(mesh.request({ service: 'api' })).rejects.toMatchObject({
      code: 'ERR_MESH_TIMEOUT',
      phase: 'headers',
      origin: 'upstream',
    })
    for (let i = 0; i < 11; i++) await clock.advance(100)
    await failed
    expect(standing(mesh)).toEqual(blamed)
  })

  it('open no breaker and eject nobody for what a client of the gateway asks for', async () => {
    const clock = fakeClock()
    const upstream = await serving([{ reply: 200 }, { hang: 'headers' }, { reply: 200 }])
    const api = { ...eager, endpoints: [{ url: upstream.url }], timeout: '1s' } as const
    const config = { services: { api }, gateway: { routes: [{ paths: ['/'], service: 'api' }] } }
    const mesh = closing(createMesh<{ api: never }>({ service: 'edge', clock, config }))
    const server = closing(mesh.server(mesh.gateway()))
    const { port } = await server.listen({ host: '127.0.0.1' })
    const get = (headers = {}): Promise<Response> => fetch(`http://127.0.0.1:${port}/`, { headers })
    await (await get()).text()
    const impatient = get({ 'x-mesh-timeout-ms': '5' })
    await expect.poll(() => upstream.requests.length, { interval: 5 }).toBe(2)
    await clock.advance(20)
    const response = await impatient
    expect([response.status, await response.text()]).toEqual([504, 'upstream request timeout'])
    expect(standing(mesh)).toEqual(unharmed)
    expect((await get()).status).toBe(200)
  })

  it('count a service’s own timeout that is shorter than what the request being served has left', async () => {
    const clock = fakeClock()
    const upstream = await serving({ hang: 'headers' })
    const api = { ...eager, endpoints: [{ url: upstream.url }], timeout: '1s' } as const
    const mesh = closing(createMesh<{ api: never }>({ service: 'middle', clock, config: { services: { api } } }))
    const server = closing(mesh.server(async (_request, response) => response.end(String(await outcome(mesh)))))
    const { port } = await server.listen({ host: '127.0.0.1' })
    const answer = fetch(`http://127.0.0.1:${port}/`, { headers: { 'x-mesh-timeout-ms': '5000' } })
    await expect.poll(() => upstream.requests.length, { interval: 5 }).toBe(1)
    await clock.advance(1_100)
    expect(await (await answer).text()).toBe('ERR_MESH_TIMEOUT')
    expect(standing(mesh)).toEqual(blamed)
  })
})
