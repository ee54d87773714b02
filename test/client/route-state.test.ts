import { describe, expect, it } from 'vitest'
import { RouteKeys, RouteState } from '../../src/client/route-state.js'
import type { ServiceConfig } from '../../src/config/service.js'
import type { MeshEvents } from '../../src/core/events.js'
import { fakeClock } from '../../src/testing/fake-clock.js'
import { outcome } from '../faults/outcomes.js'
import { type ApiMesh, expectNothingLeaks, meshTo, serving } from '../faults/scaffold.js'

expectNothingLeaks()

describe('the state of routes', () => {
  it('has one budget for equal options, whoever asks for others in between', () => {
    const state = new RouteState(fakeClock())
    const keys = new RouteKeys()
    const budget = state.budget({ ratio: 0.2 }, keys)
    expect(state.budget(undefined, keys)).not.toBe(budget)
    expect(state.budget({}, keys)).toBe(state.budget(undefined, keys))
    expect(state.budget({ ratio: 0.2 }, keys)).toBe(budget)
    expect([state.budget(false, keys), state.budget({ percent: 20 }, keys)]).toEqual([undefined, undefined])
  })

  it('keeps what a snapshot uses, and nothing else', () => {
    const state = new RouteState(fakeClock())
    const [before, after] = [new RouteKeys(), new RouteKeys()]
    const [kept, dropped] = [state.budget({ ratio: 0.2 }, before), state.budget({ ratio: 0.3 }, before)]
    const latencies = state.latencies({ name: 'a' }, {}, before)
    const forgotten = state.latencies({ name: 'b' }, {}, before)
    state.budget({ ratio: 0.2 }, after)
    state.latencies({ name: 'a' }, {}, after)
    state.retain(after)
    expect(state.budget({ ratio: 0.2 }, after)).toBe(kept)
    expect(state.budget({ ratio: 0.3 }, after)).not.toBe(dropped)
    expect(state.latencies({ name: 'a' }, {}, after)).toBe(latencies)
    expect(state.latencies({ name: 'b' }, {}, after)).not.toBe(forgotten)
  })

  it('tells what hedging learns apart by route and options', () => {
    const state = new RouteState(fakeClock())
    const keys = new RouteKeys()
    const learned = state.latencies({ name: 'a', to: 'v1' }, { max: 2 }, keys)
    expect(state.latencies({ name: 'a', to: 'v1' }, { max: 2 }, keys)).toBe(learned)
    expect(state.latencies({ name: 'a', to: 'v2' }, { max: 2 }, keys)).not.toBe(learned)
    expect(state.latencies({ name: 'a', to: 'v1' }, { max: 3 }, keys)).not.toBe(learned)
  })
})

/** Calls until the budget refuses a retry; how many retries there were by then. */
async function spend(mesh: ApiMesh, path: string): Promise<number> {
  let [retries, refused] = [0, false]
  const stop = [
    mesh.on('retry', () => void retries++),
    mesh.on('retry-suppressed', ({ reason }) => {
      refused ||= reason === 'budget'
    }),
  ]
  for (let i = 0; i < 50 && !refused; i++) await outcome(mesh, { path })
  for (const one of stop) one()
  expect(refused).toBe(true)
  return retries
}

/** What becomes of the retries of one more call. */
async function nextRetries(mesh: ApiMesh, path: string): Promise<unknown[]> {
  const seen: unknown[] = []
  const stop = [
    mesh.on('retry', () => void seen.push('retry')),
    mesh.on('retry-suppressed', ({ reason }) => void seen.push(reason)),
  ]
  await outcome(mesh, { path })
  for (const one of stop) one()
  return seen
}

describe('the retry budget of a service', () => {
  const rest = { on: ['5xx'], backoff: { base: 1, max: 1 } } as const

  it('is one with that of its routes that name none, and outlives a change of the endpoints', async () => {
    const servers = [await serving({ reply: 503 }), await serving({ reply: 503 })]
    const policies: Omit<ServiceConfig<never>, 'endpoints'> = {
      retry: { ...rest, attempts: 1, budget: { ratio: 0.15 } },
      routes: [{ match: [{ path: '/often' }], retry: { ...rest, attempts: 5 } }, {}],
    }
    const mesh = meshTo(servers.slice(0, 1), policies)
    // Ten that are always there, and a share of the calls that is none yet.
    expect(await spend(mesh, '/often')).toBe(10)
    expect(await nextRetries(mesh, '/')).toEqual(['budget'])
    const endpoints = servers.map(({ url }) => ({ url }))
    await mesh.update({ services: { api: { ...policies, endpoints } } })
    expect(await nextRetries(mesh, '/often')).toEqual(['budget'])
    expect(await nextRetries(mesh, '/')).toEqual(['budget'])
  })

  it('is another where a route has one of its own, and neither is refilled by an update', async () => {
    const servers = [await serving({ reply: 503 }), await serving({ reply: 503 })]
    const policies: Omit<ServiceConfig<never>, 'endpoints'> = {
      retry: { ...rest, attempts: 5, budget: { ratio: 0.15 } },
      routes: [{ match: [{ path: '/own' }], retry: { ...rest, attempts: 5, budget: { ratio: 0.1 } } }, {}],
    }
    const mesh = meshTo(servers.slice(0, 1), policies)
    await spend(mesh, '/')
    expect((await nextRetries(mesh, '/own'))[0]).toBe('retry')
    await spend(mesh, '/own')
    await mesh.update({ services: { api: { ...policies, endpoints: servers.map(({ url }) => ({ url })) } } })
    expect(await nextRetries(mesh, '/')).toEqual(['budget'])
    expect(await nextRetries(mesh, '/own')).toEqual(['budget'])
  })

  it('of concurrent retries counts those under way over an update, though a route has another', async () => {
    const servers = [await serving({ reply: 503 }), await serving({ reply: 503 })]
    const slow = { ...rest, attempts: 1, backoff: { min: '1m', base: 1, max: 1 } } as const
    const policies: Omit<ServiceConfig<never>, 'endpoints'> = {
      retry: { ...slow, budget: { percent: 0, minConcurrency: 1 } },
      routes: [{ match: [{ path: '/other' }], retry: { ...slow, budget: { percent: 0, minConcurrency: 0 } } }, {}],
    }
    const mesh = meshTo(servers.slice(0, 1), policies)
    const end = new AbortController()
    const waiting = new Promise((resolve) => mesh.on('retry', resolve))
    const call = expect(mesh.request({ service: 'api', path: '/', signal: end.signal })).rejects.toThrow()
    await waiting
    const endpoints = servers.map(({ url }) => ({ url }))
    await mesh.update({ services: { api: { ...policies, endpoints } } })
    expect(await nextRetries(mesh, '/')).toEqual(['overflow'])
    end.abort()
    await call
  })
})

describe('what hedging by a percentile has learned', () => {
  it('outlives a change of the service that does not concern it', async () => {
    const clock = fakeClock()
    const servers = [await serving({ reply: 200 }), await serving({ reply: 200 }), await serving({ hang: 'headers' })]
    const endpoints = servers.toReversed().map(({ url }) => ({ url }))
    const policies = { hedge: { after: { percentile: 95 } }, loadBalancer: 'round-robin' } as const
    const mesh = meshTo(servers.slice(0, 1), policies, { clock, random: () => 0 })
    const hedges: MeshEvents['hedge'][] = []
    mesh.on('hedge', (event) => void hedges.push(event))
    for (let i = 0; i < 60; i++) expect(await outcome(mesh)).toBe(200)
    await mesh.update({ services: { api: { ...policies, timeout: '1h', endpoints } } })
    await clock.advance(100)
    let answered = 0
    const replies = [outcome(mesh), outcome(mesh), outcome(mesh)]
    for (const reply of replies) void reply.then(() => answered++)
    await expect.poll(() => [answered, servers[2]?.requests.length], { interval: 5 }).toEqual([2, 1])
    await clock.advance(50)
    expect(await Promise.all(replies)).toEqual([200, 200, 200])
    expect(hedges).toEqual([{ service: 'api', sent: true, afterMs: 10 }])
  })
})
