import { describe, expect, it } from 'vitest'
import type { ServiceConfig } from '../../src/config/service.js'
import type { MeshEvents } from '../../src/core/events.js'
import { createMesh } from '../../src/index.js'
import { fakeClock } from '../../src/testing/index.js'
import { outcome, outcomes } from '../faults/outcomes.js'
import { closing, expectNothingLeaks, meshTo, serving } from '../faults/scaffold.js'
import { scraped } from '../telemetry/exposition.js'

expectNothingLeaks()

const circuitBreaker = { per: 'endpoint', volumeThreshold: 5, resetTimeout: '10s', jitter: 0 } as const

describe('a breaker for each endpoint', () => {
  it('takes the endpoint that fails out of the balancing, and lets one probe find out when it is back', async () => {
    const clock = fakeClock()
    const good = await serving({ reply: 200 })
    const bad = await serving([...Array.from({ length: 5 }, () => ({ reply: 500 })), { reply: 200 }])
    const mesh = meshTo([good, bad], { circuitBreaker, loadBalancer: 'round-robin' }, { clock })
    expect(await outcomes(mesh, 10)).toEqual({ 200: 5, 500: 5 })
    expect(await outcomes(mesh, 20)).toEqual({ 200: 20 })
    expect(bad.requests).toHaveLength(5)
    expect(mesh.breakers().map(({ destination, endpoint, state }) => [destination, endpoint, state])).toEqual(
      expect.arrayContaining([
        ['api', new URL(good.url).host, 'closed'],
        ['api', new URL(bad.url).host, 'open'],
      ]),
    )
    await clock.advance(10_001)
    expect(await outcomes(mesh, 20)).toEqual({ 200: 20 })
    expect(bad.requests.length).toBeGreaterThan(5)
    expect(mesh.breakers().map(({ state }) => state)).toEqual(['closed', 'closed'])
  })

  it('never sends to a majority that refuses, whatever the panic threshold', async () => {
    const bad = [await serving({ reply: 500 }), await serving({ reply: 500 })]
    const good = await serving({ reply: 200 })
    const mesh = meshTo([...bad, good], { circuitBreaker, loadBalancer: 'round-robin' })
    await outcomes(mesh, 15)
    expect(await outcomes(mesh, 20)).toEqual({ 200: 20 })
  })

  it('refuses when every endpoint does', async () => {
    const mesh = meshTo([await serving({ reply: 500 })], { circuitBreaker })
    await outcomes(mesh, 5)
    expect(await outcome(mesh)).toBe('ERR_MESH_CIRCUIT_OPEN')
  })
})

describe('the breakers of a mesh', () => {
  const eager = { volumeThreshold: 5 }

  it('count where routing only observes and all routes lead elsewhere', async () => {
    const routes = [{ name: 'gone', redirect: { path: '/x' } }]
    const observed = { routes, routing: { mode: 'observe' }, circuitBreaker: eager } as const
    const mesh = meshTo([await serving({ reply: 500 })], observed)
    await outcomes(mesh, 15)
    expect(await outcome(mesh)).toBe('ERR_MESH_CIRCUIT_OPEN')
    expect(mesh.breakers()).toMatchObject([{ destination: 'api', state: 'open' }])
  })

  it('count copies, where only mirrors lead', async () => {
    const good = await serving({ reply: 200 })
    const bad = await serving({ reply: 500 })
    const mesh = closing(
      createMesh({
        service: 'test',
        config: {
          services: {
            api: { endpoints: [{ url: good.url }], routes: [{ mirrors: [{ service: 'copies', subset: 'v1' }] }] },
            copies: {
              endpoints: [{ url: bad.url, labels: { v: '1' } }],
              subsets: { v1: { v: '1' } },
              circuitBreaker: eager,
            },
          },
        },
      }),
    )
    for (let i = 0; i < 5; i++) await (await mesh.request({ service: 'api' })).body.bytes()
    await expect
      .poll(() => mesh.breakers(), { interval: 5 })
      .toEqual(expect.arrayContaining([expect.objectContaining({ destination: 'copies|v1', state: 'open' })]))
  })

  it.each([
    ['of a subset', eager],
    ['of an endpoint in a subset', { ...eager, per: 'endpoint' }],
  ] as const)('reach the metrics: %s', async (_whose, circuitBreaker) => {
    const bad = await serving({ reply: 500 })
    const api: ServiceConfig = {
      endpoints: [{ url: bad.url, labels: { version: 'v2' } }],
      subsets: { v2: { version: 'v2' } },
      subsetPolicies: { v2: {} },
      routes: [{ to: 'v2' }],
      circuitBreaker,
    }
    const mesh = closing(createMesh({ service: 'test', config: { services: { api } } }))
    for (let i = 0; i < 5; i++) await (await mesh.request({ service: 'api', path: '/' })).body.bytes()
    const opened = await scraped(mesh.metrics, 'mesh_breaker_transitions_total', { service: 'api\\|v2', state: 'open' })
    expect(opened).toBe(1)
  })

  it('are gone from the metrics with their config, whatever their state', async () => {
    const bad = await serving({ reply: 500 })
    const api: ServiceConfig = {
      endpoints: [{ url: bad.url, labels: { version: 'v2' } }],
      subsets: { v2: { version: 'v2' } },
      routes: [{ to: 'v2' }],
    }
    const config = (circuitBreaker: ServiceConfig['circuitBreaker']) => ({
      services: { api: { ...api, circuitBreaker } },
    })
    const mesh = closing(createMesh({ service: 'test', config: config(eager) }))
    const told: MeshEvents['breaker'][] = []
    mesh.on('breaker', (event) => told.push(event))
    const state = () => scraped(mesh.metrics, 'mesh_breaker_state', { service: 'api\\|v2' })
    for (let i = 0; i < 5; i++) await (await mesh.request({ service: 'api', path: '/' })).body.bytes()
    expect(await state()).toBe(2)
    await mesh.update(config(undefined))
    expect(await state()).toBeUndefined()
    expect(told).toEqual([
      { service: 'api|v2', state: 'open' },
      { service: 'api|v2', state: 'closed', removed: true },
    ])
    await mesh.update(config(eager))
    for (let i = 0; i < 5; i++) await (await mesh.request({ service: 'api', path: '/' })).body.bytes()
    expect(await state()).toBe(2)
    await mesh.update({ services: { api: { ...api, routes: [{}], circuitBreaker: eager } } })
    expect(await state()).toBeUndefined()
  })

  it('are opened and closed by hand', async () => {
    const mesh = meshTo([await serving({ reply: 200 })], { circuitBreaker: {} })
    const [breaker] = mesh.breakers()
    breaker?.open()
    expect(await outcome(mesh)).toBe('ERR_MESH_CIRCUIT_OPEN')
    expect(breaker?.state).toBe('open')
    breaker?.close()
    expect(await outcome(mesh)).toBe(200)
  })
})
