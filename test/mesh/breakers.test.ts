import { describe, expect, it } from 'vitest'
import { fakeClock } from '../../src/testing/index.js'
import { outcome, outcomes } from '../faults/outcomes.js'
import { expectNothingLeaks, meshTo, serving } from '../faults/scaffold.js'

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
