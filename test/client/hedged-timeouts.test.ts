import { describe, expect, it } from 'vitest'
import type { ServiceConfig } from '../../src/config/service.js'
import type { MeshOptions } from '../../src/mesh/options.js'
import { outcome } from '../faults/outcomes.js'
import { type ApiMesh, endpointsOf, expectNothingLeaks, meshTo, serving } from '../faults/scaffold.js'

expectNothingLeaks()

const hedging: Omit<ServiceConfig<never>, 'endpoints'> = {
  retry: { attempts: 1, on: ['5xx'], perTryTimeout: '40ms', budget: false },
  hedge: { onPerTryTimeout: true },
  loadBalancer: 'round-robin',
}

const ejecting = (consecutive5xxErrors: number): ServiceConfig['outlierDetection'] => ({
  consecutive5xxErrors,
  maxEjectionPercent: 100,
  baseEjectionTime: '5m',
})

const ejections = (mesh: ApiMesh): boolean[] => endpointsOf(mesh).map(({ ejected }) => ejected)

describe('an endpoint that hangs, where hedging on the per-try timeout hides it', () => {
  it.each(['enforce', 'observe'] as const)(
    'is ejected as if its attempts had been given up: retries %s',
    async (mode) => {
      const [hanging, good] = [await serving({ hang: 'headers' }), await serving({ reply: 200 })]
      const mesh = meshTo([hanging, good], {
        ...hedging,
        retry: { ...hedging.retry, mode },
        outlierDetection: ejecting(2),
      })
      for (let i = 0; i < 4; i++) expect(await outcome(mesh)).toBe(200)
      expect(ejections(mesh)).toEqual([true, false])
      const reached = hanging.requests.length
      for (let i = 0; i < 4; i++) expect(await outcome(mesh)).toBe(200)
      expect(hanging.requests).toHaveLength(reached)
    },
  )

  it('opens its breaker', async () => {
    const [hanging, good] = [await serving({ hang: 'headers' }), await serving({ reply: 200 })]
    const circuitBreaker = { per: 'endpoint', volumeThreshold: 2, resetTimeout: '5m' } as const
    const mesh = meshTo([hanging, good], { ...hedging, circuitBreaker })
    for (let i = 0; i < 4; i++) expect(await outcome(mesh)).toBe(200)
    const states = mesh.breakers().map(({ endpoint, state }) => [endpoint, state])
    expect(states).toContainEqual([new URL(hanging.url).host, 'open'])
    expect(states).not.toContainEqual([new URL(good.url).host, 'open'])
  })

  it.each([60, 150])('opens none where all that it does is to answer late: after %i ms', async (delayMs) => {
    const servers = [await serving({ reply: 200, delayMs })]
    const circuitBreaker = { volumeThreshold: 1, errorThresholdPercentage: 1, resetTimeout: '5m' } as const
    const mesh = meshTo(servers, { ...hedging, circuitBreaker })
    for (let i = 0; i < 4; i++) expect(await outcome(mesh)).toBe(200)
    expect(mesh.breakers()).toMatchObject([{ state: 'closed' }])
  })

  it('is slow by its answer where its breaker minds slow calls', async () => {
    const servers = [await serving({ reply: 200, delayMs: 150 })]
    const limits = { errorThresholdPercentage: 100, volumeThreshold: 5, resetTimeout: '5m' } as const
    const mesh = meshTo(servers, { ...hedging, circuitBreaker: { slowCallThreshold: '100ms', ...limits } })
    for (let i = 0; i < 5; i++) expect(await outcome(mesh)).toBe(200)
    expect(await outcome(mesh)).toBe('ERR_MESH_CIRCUIT_OPEN')
  })

  it('counts as the timeout passes, though nobody has answered or given up yet', async () => {
    const servers = [await serving({ hang: 'headers' }), await serving({ hang: 'headers' })]
    const mesh = meshTo(servers, { ...hedging, outlierDetection: ejecting(1) })
    const end = new AbortController()
    const call = expect(mesh.request({ service: 'api', signal: end.signal })).rejects.toThrow()
    await expect.poll(() => ejections(mesh), { interval: 5 }).toEqual([true, true])
    end.abort()
    await call
  })

  it.each<[string, MeshOptions['interceptors']]>([
    ['alone', []],
    ['beside an interceptor', [{ stage: 'pick', place: 'before', intercept: (call, next) => next(call) }]],
  ])('opens the breaker when its call is given up: %s', async (_how, interceptors) => {
    const servers = [await serving({ hang: 'headers' }), await serving({ hang: 'headers' })]
    const circuitBreaker = { volumeThreshold: 2, resetTimeout: '5m' } as const
    const mesh = meshTo(servers, { ...hedging, outlierDetection: ejecting(1), circuitBreaker }, { interceptors })
    const end = new AbortController()
    const call = expect(mesh.request({ service: 'api', signal: end.signal })).rejects.toThrow()
    await expect.poll(() => ejections(mesh), { interval: 5 }).toEqual([true, true])
    end.abort()
    await call
    expect(mesh.breakers()).toMatchObject([{ state: 'open' }])
  })

  it('counts once, though its call ends by its deadline, too', async () => {
    const servers = [await serving({ hang: 'headers' }), await serving({ hang: 'headers' })]
    const mesh = meshTo(servers, { ...hedging, timeout: '200ms', outlierDetection: ejecting(2) })
    expect(await outcome(mesh)).toBe('ERR_MESH_TIMEOUT')
    expect(servers.map(({ requests }) => requests.length)).toEqual([1, 1])
    expect(ejections(mesh)).toEqual([false, false])
    expect(await outcome(mesh)).toBe('ERR_MESH_TIMEOUT')
    expect(ejections(mesh)).toEqual([true, true])
  })
})
