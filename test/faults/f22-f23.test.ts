import { describe, expect, it } from 'vitest'
import { createMesh, dns } from '../../src/index.js'
import { type FakeClock, fakeClock } from '../../src/testing/index.js'
import { type DnsAnswer, type DnsServer, dnsServer } from '../discovery/dns/dns-server.js'
import { outcome, outcomes } from './outcomes.js'
import { type ApiMesh, closing, endpointsOf, expectNothingLeaks, serving } from './scaffold.js'

expectNothingLeaks()

interface Bed {
  readonly mesh: ApiMesh
  readonly names: DnsServer
  readonly clock: FakeClock
  readonly changes: string[]
}

async function bed(first: DnsAnswer | undefined, port: number): Promise<Bed> {
  const names = await dnsServer()
  if (first !== undefined) names.answer('A', 'api.test', first)
  const clock = fakeClock()
  const discovery = dns(`api.test:${port}`, { servers: [names.address] })
  const config = { services: { api: { discovery } } }
  const mesh = closing(createMesh<{ api: never }>({ service: 'test', clock, config }))
  closing(names)
  const changes: string[] = []
  mesh.on('endpoint', ({ endpoint, change }) => changes.push(`${change} ${endpoint}`))
  return { mesh, names, clock, changes }
}

/** Moves on until DNS was asked once more. */
async function asked({ names, clock }: Bed): Promise<void> {
  const before = names.questions.length
  async function moveOn(): Promise<number> {
    await clock.advance(1_000)
    return names.questions.length
  }
  await expect.poll(moveOn, { interval: 5, timeout: 5_000 }).toBeGreaterThan(before)
}

describe('F22 DNS fails', () => {
  it.each(['NXDOMAIN', 'SERVFAIL'] as const)('%s for 60 s: 0 calls fail, no endpoint comes or goes', async (how) => {
    const server = await serving()
    const one = await bed({ ttl: 1, data: ['127.0.0.1'] }, server.port)
    expect(await outcome(one.mesh)).toBe(200)
    one.names.breaks(how)
    for (let second = 0; second < 60; second++) {
      await one.clock.advance(1_000)
      expect(await outcomes(one.mesh, 10)).toEqual({ 200: 10 })
    }
    expect(one.names.questions.length).toBeGreaterThan(3)
    expect(one.changes).toEqual([`added 127.0.0.1:${server.port}`])
  })

  it('a name that never was there is no endpoint: 503 UH, at once', async () => {
    const one = await bed(undefined, 80)
    const started = performance.now()
    expect(await outcome(one.mesh)).toBe('ERR_MESH_NO_HEALTHY_ENDPOINT')
    expect(performance.now() - started).toBeLessThan(1_000)
  })
})

describe('F23 DNS answers oddly', () => {
  it.each<[string, DnsAnswer]>([
    ['an empty answer', { ttl: 1, data: [] }],
    ['the same address many times', { ttl: 1, data: Array.from({ length: 20 }, () => '127.0.0.1') }],
  ])('%s changes nothing', async (_name, answer) => {
    const server = await serving()
    const one = await bed({ ttl: 1, data: ['127.0.0.1'] }, server.port)
    expect(await outcome(one.mesh)).toBe(200)
    one.names.answer('A', 'api.test', answer)
    for (let i = 0; i < 5; i++) await asked(one)
    expect(await outcomes(one.mesh, 20)).toEqual({ 200: 20 })
    expect(one.changes).toEqual([`added 127.0.0.1:${server.port}`])
    expect(endpointsOf(one.mesh)).toHaveLength(1)
  })

  it('an address that comes and goes never leaves the service without one', async () => {
    const server = await serving()
    const one = await bed({ ttl: 1, data: ['127.0.0.1'] }, server.port)
    expect(await outcome(one.mesh)).toBe(200)
    for (let i = 0; i < 10; i++) {
      one.names.answer('A', 'api.test', { ttl: 1, data: i % 2 === 0 ? [] : ['127.0.0.1'] })
      await one.clock.advance(2_000)
      expect(await outcome(one.mesh)).toBe(200)
    }
    expect(server.connections).toBe(1)
  })

  it('1,000 addresses are 256 endpoints, which stay as they are', async () => {
    const data = Array.from({ length: 1_000 }, (_, i) => `10.1.${i >> 8}.${i & 255}`)
    const one = await bed({ ttl: 1, data }, 80)
    await one.mesh.ready()
    const addresses = endpointsOf(one.mesh).map(({ address }) => address)
    expect(addresses).toHaveLength(256)
    one.names.answer('A', 'api.test', { ttl: 1, data: data.toReversed() })
    for (let i = 0; i < 3; i++) await asked(one)
    expect(endpointsOf(one.mesh).map(({ address }) => address)).toEqual(addresses)
    expect(one.changes).toHaveLength(256)
  })
})
