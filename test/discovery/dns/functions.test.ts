import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/core/clock.js'
import { type DnsFunctions, systemDns } from '../../../src/discovery/dns/functions.js'
import { dnsResolver } from '../../../src/discovery/dns/resolver.js'
import { dns, type EndpointOptions } from '../../../src/discovery/index.js'
import { type DnsServer, dnsServer } from './dns-server.js'

let server: DnsServer
let asking: DnsFunctions

beforeEach(async () => {
  server = await dnsServer()
  asking = systemDns([server.address])
})
afterEach(() => server.close())

describe('real packets', () => {
  it('bring addresses with their TTL, of both families', async () => {
    server.answer('A', 'reviews.test', { ttl: 7, data: ['10.0.0.1', '10.0.0.2'] })
    server.answer('AAAA', 'reviews.test', { ttl: 9, data: ['fd00::1'] })
    expect(await asking.resolve4('reviews.test')).toEqual([
      { address: '10.0.0.1', ttl: 7 },
      { address: '10.0.0.2', ttl: 7 },
    ])
    expect(await asking.resolve6('reviews.test')).toEqual([{ address: 'fd00::1', ttl: 9 }])
  })

  it('bring SRV records', async () => {
    const data = { priority: 10, weight: 5, port: 8080, target: 'a.reviews.test' }
    server.answer('SRV', '_http._tcp.reviews.test', { ttl: 7, data: [data] })
    expect(await asking.resolveSrv('_http._tcp.reviews.test')).toMatchObject([
      { name: 'a.reviews.test', priority: 10, weight: 5, port: 8080 },
    ])
  })

  it('bring a thousand addresses over TCP', async () => {
    const data = Array.from({ length: 1_000 }, (_, i) => `10.1.${i >> 8}.${i & 255}`)
    server.answer('A', 'reviews.test', { ttl: 7, data })
    const records = await asking.resolve4('reviews.test')
    expect(records.map(({ address }) => address)).toEqual(data)
    // Node 20 leaves the TTL out from the 257th on; what is left out must not become a TTL.
    expect(records[255]?.ttl).toBe(7)
    expect([7, undefined]).toContain(records[256]?.ttl)
  })

  it.each([
    ['NXDOMAIN', 'ENOTFOUND'],
    ['SERVFAIL', 'ESERVFAIL'],
    [{ ttl: 7, data: [] }, 'ENODATA'],
  ] as const)('%j is %s', async (answer, code) => {
    server.answer('A', 'reviews.test', answer)
    await expect(asking.resolve4('reviews.test')).rejects.toMatchObject({ code })
  })

  it('a question without an answer ends when it is given up', async () => {
    server.breaks('silence')
    const asked = asking.resolve4('reviews.test')
    await expect.poll(() => server.questions).toEqual(['A reviews.test'])
    asking.cancel()
    await expect(asked).rejects.toMatchObject({ code: 'ECANCELLED' })
  })

  it('given servers are the only source: no hosts file, no search domain', () => {
    expect(asking.lookup).toBeUndefined()
    expect(systemDns().lookup).toBeDefined()
  })

  it('the system finds localhost', async () => {
    expect(await systemDns().lookup?.('localhost', 4)).toEqual(['127.0.0.1'])
  })

  it('make endpoints, and a changed answer others', async () => {
    server.answer('A', 'reviews.test', { ttl: 1, data: ['10.0.0.1'] })
    const sets: (readonly EndpointOptions[])[] = []
    const failures: Error[] = []
    const options = dns('reviews.test:80', { servers: [server.address] })
    const stop = dnsResolver(options, { clock: systemClock, random: () => 0 }).watch(
      (endpoints) => sets.push(endpoints),
      (error) => failures.push(error),
    )
    await expect.poll(() => sets.at(-1)).toEqual([{ url: 'http://10.0.0.1:80', hostname: 'reviews.test' }])
    server.answer('A', 'reviews.test', { ttl: 1, data: ['10.0.0.2'] })
    await expect.poll(() => sets.at(-1), { timeout: 5_000 }).toMatchObject([{ url: 'http://10.0.0.2:80' }])
    server.breaks('SERVFAIL')
    await expect.poll(() => failures.length, { timeout: 5_000 }).toBeGreaterThan(0)
    stop()
    expect(sets.at(-1)).toMatchObject([{ url: 'http://10.0.0.2:80' }])
  })
})
