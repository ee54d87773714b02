import { describe, expect, it } from 'vitest'
import type { DnsOptions } from '../../../src/discovery/dns/options.js'
import { dnsResolver } from '../../../src/discovery/dns/resolver.js'
import { dns, type EndpointOptions } from '../../../src/discovery/index.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'
import { ScriptedDns } from './scaffold.js'

interface Bed {
  readonly dns: ScriptedDns
  readonly clock: ReturnType<typeof fakeClock>
  /** Every set that was reported. */
  readonly sets: (readonly EndpointOptions[])[]
  readonly failures: string[]
  readonly urls: () => string[] | undefined
  readonly stop: () => void
}

async function watching(
  script: (dns: ScriptedDns) => void,
  name = 'reviews:80',
  options: DnsOptions = {},
  random: () => number = () => 0,
): Promise<Bed> {
  const scripted = new ScriptedDns()
  script(scripted)
  const clock = fakeClock()
  const sets: (readonly EndpointOptions[])[] = []
  const failures: string[] = []
  const stop = dnsResolver(dns(name, options), { clock, random, dns: scripted }).watch(
    (endpoints) => sets.push(endpoints),
    (error) => failures.push(error.message),
  )
  await clock.advance(0)
  return { dns: scripted, clock, sets, failures, stop, urls: () => sets.at(-1)?.map(({ url }) => url) }
}

const questions = (bed: Bed): number => bed.dns.questions.length

describe('strict', () => {
  it('makes an endpoint of every address, with the name for TLS and what the options say', async () => {
    const bed = await watching((one) => one.v4.set('reviews.', ['10.0.0.2', '10.0.0.1']), 'reviews.:9443', {
      scheme: 'https',
      labels: { version: 'v1' },
      weight: 3,
      priority: 1,
      locality: 'eu/1',
    })
    const common = { hostname: 'reviews', labels: { version: 'v1' }, weight: 3, priority: 1, locality: 'eu/1' }
    expect(bed.sets).toEqual([
      [
        { url: 'https://10.0.0.1:9443', ...common },
        { url: 'https://10.0.0.2:9443', ...common },
      ],
    ])
  })

  it('reports the same set in the same order however the server rotates it, each address once', async () => {
    const bed = await watching((one) => one.v4.set('reviews', ['10.0.0.2', '10.0.0.1', '10.0.0.2']))
    bed.dns.v4.set('reviews', ['10.0.0.1', '10.0.0.2'])
    await bed.clock.advance(30_000)
    expect(bed.sets).toHaveLength(2)
    expect(bed.sets[1]).toEqual(bed.sets[0])
  })

  it('an IP address needs no DNS and no timer', async () => {
    for (const [name, url] of [
      ['10.0.0.7:8080', 'http://10.0.0.7:8080'],
      ['[::1]:8080', 'http://[::1]:8080'],
      ['10.0.0.7', 'http://10.0.0.7'],
    ] as const) {
      const bed = await watching(() => {}, name)
      expect(bed.sets).toEqual([[{ url }]])
      expect(bed.dns.questions).toEqual([])
      expect(bed.clock.pending).toBe(0)
    }
  })
})

describe('families', () => {
  const both = (one: ScriptedDns): void => {
    one.v4.set('reviews', ['10.0.0.1'])
    one.v6.set('reviews', ['fd00::1'])
  }
  it.each([
    ['any', both, ['http://10.0.0.1:80']],
    ['all', both, ['http://10.0.0.1:80', 'http://[fd00::1]:80']],
    ['ipv4', both, ['http://10.0.0.1:80']],
    ['ipv6', both, ['http://[fd00::1]:80']],
    ['any', (one: ScriptedDns) => one.v6.set('reviews', ['fd00::1']), ['http://[fd00::1]:80']],
    ['all', (one: ScriptedDns) => one.v6.set('reviews', ['fd00::1']), ['http://[fd00::1]:80']],
  ] as const)('%s finds what there is of it', async (family, script, expected) => {
    const bed = await watching(script, 'reviews:80', { family })
    expect(bed.urls()).toEqual(expected)
    bed.stop()
  })

  it('a family that cannot be asked keeps its addresses beside those of the other', async () => {
    const bed = await watching(both, 'reviews:80', { family: 'all' })
    bed.dns.v6.set('reviews', 'ESERVFAIL')
    bed.dns.v4.set('reviews', ['10.0.0.2'])
    await bed.clock.advance(30_000)
    expect(bed.urls()).toEqual(['http://10.0.0.2:80', 'http://[fd00::1]:80'])
    bed.dns.v6.delete('reviews')
    await bed.clock.advance(30_000)
    expect(bed.urls()).toEqual(['http://10.0.0.2:80'])
  })

  it('a family that cannot be asked for longer than maxStale loses them', async () => {
    const bed = await watching(both, 'reviews:80', { family: 'all', maxStale: '70s' })
    bed.dns.v6.set('reviews', 'ESERVFAIL')
    await bed.clock.advance(60_000)
    expect(bed.urls()).toContain('http://[fd00::1]:80')
    await bed.clock.advance(60_000)
    expect(bed.urls()).toEqual(['http://10.0.0.1:80'])
  })

  it('any does not fall to IPv6 because the question for IPv4 failed', async () => {
    const bed = await watching(both)
    bed.dns.v4.set('reviews', 'ESERVFAIL')
    await bed.clock.advance(30_000)
    expect(bed.urls()).toEqual(['http://10.0.0.1:80'])
    expect(bed.failures).toEqual(['queryA ESERVFAIL reviews'])
  })
})

describe('logical', () => {
  it('keeps one endpoint under its name, and moves the address that new connections go to', async () => {
    const bed = await watching((one) => one.v4.set('reviews', ['10.0.0.2', '10.0.0.1']), 'reviews:9443', {
      mode: 'logical',
      scheme: 'https',
    })
    bed.dns.v4.set('reviews', ['10.0.0.1', '10.0.0.2'])
    await bed.clock.advance(30_000)
    expect(bed.sets).toEqual([
      [{ url: 'https://reviews:9443', address: '10.0.0.2' }],
      [{ url: 'https://reviews:9443', address: '10.0.0.1' }],
    ])
  })
})

describe('srv', () => {
  const record = (name: string, port: number, priority: number, weight: number) => ({ name, port, priority, weight })

  it('takes port and weight from the record, and ranks its priorities', async () => {
    const bed = await watching(
      (one) => {
        one.srv.set('_r._tcp', [record('a', 81, 20, 5), record('b', 82, 10, 10), record('c', 83, 10, 30)])
        for (const [i, name] of ['a', 'b', 'c'].entries()) one.v4.set(name, [`10.0.0.${i}`])
      },
      '_r._tcp',
      { mode: 'srv' },
    )
    expect(bed.sets).toEqual([
      [
        { url: 'http://10.0.0.0:81', hostname: 'a', weight: 1, priority: 1 },
        { url: 'http://10.0.0.1:82', hostname: 'b', weight: 2 },
        { url: 'http://10.0.0.2:83', hostname: 'c', weight: 6 },
      ],
    ])
  })

  it('shares the weight of a target among its addresses, and gives weight 0 a small chance', async () => {
    const bed = await watching(
      (one) => {
        one.srv.set('_r._tcp', [record('a', 80, 0, 1), record('b', 80, 0, 0)])
        one.v4.set('a', ['10.0.0.1', '10.0.0.2'])
        one.v4.set('b', ['10.0.0.3'])
      },
      '_r._tcp',
      { mode: 'srv' },
    )
    expect(bed.sets.at(-1)?.map(({ weight }) => weight)).toEqual([50, 50, 1])
  })

  it('a target that cannot be asked keeps its addresses; one that is unlisted goes', async () => {
    const bed = await watching(
      (one) => {
        one.srv.set('_r._tcp', [record('a', 80, 0, 0), record('b', 80, 0, 0)])
        one.v4.set('a', ['10.0.0.1'])
        one.v4.set('b', ['10.0.0.2'])
      },
      '_r._tcp',
      { mode: 'srv' },
    )
    bed.dns.v4.set('a', 'ESERVFAIL')
    await bed.clock.advance(30_000)
    expect(bed.urls()).toEqual(['http://10.0.0.1:80', 'http://10.0.0.2:80'])
    bed.dns.srv.set('_r._tcp', [record('b', 80, 0, 0)])
    await bed.clock.advance(30_000)
    expect(bed.urls()).toEqual(['http://10.0.0.2:80'])
  })

  it.each(['ESERVFAIL', 'ENOTFOUND'])('a target that answers %s for longer than maxStale goes', async (code) => {
    const bed = await watching(
      (one) => {
        one.srv.set('_r._tcp', [record('a', 80, 0, 0), record('b', 80, 0, 0)])
        one.v4.set('a', ['10.0.0.1'])
        one.v4.set('b', ['10.0.0.2'])
      },
      '_r._tcp',
      { mode: 'srv', maxStale: '70s' },
    )
    bed.dns.v4.set('a', code)
    await bed.clock.advance(60_000)
    expect(bed.urls()).toEqual(['http://10.0.0.1:80', 'http://10.0.0.2:80'])
    await bed.clock.advance(60_000)
    expect(bed.urls()).toEqual(['http://10.0.0.2:80'])
  })

  it.each([
    ['a lone "."', [record('', 0, 0, 0)]],
    ['no record', []],
    ['SERVFAIL', 'ESERVFAIL'],
    ['targets without addresses', [record('nowhere', 80, 0, 0)]],
  ])('%s takes no endpoint away', async (_name, answer) => {
    const bed = await watching(
      (one) => {
        one.srv.set('_r._tcp', [record('a', 80, 0, 0)])
        one.v4.set('a', ['10.0.0.1'])
      },
      '_r._tcp',
      { mode: 'srv' },
    )
    bed.dns.srv.set('_r._tcp', answer)
    await bed.clock.advance(60_000)
    expect(bed.urls()).toEqual(['http://10.0.0.1:80'])
    expect(bed.failures.length).toBeGreaterThan(0)
  })
})

describe('when it asks again', () => {
  const ttl =
    (seconds: number) =>
    (one: ScriptedDns): void =>
      void one.v4.set('reviews', [
        { address: '10.0.0.1', ttl: seconds },
        { address: '10.0.0.2', ttl: 3_000 },
      ])

  it.each([
    ['the shortest TTL', 7, 7_000, 0],
    ['a second, however short the TTL', 0, 1_000, 0],
    ['refresh, however long the TTL', 3_000, 60_000, 0],
    ['a TTL and up to a tenth of it', 10, 10_500, 0.5],
    ['refresh less up to a tenth of it', 3_000, 57_000, 0.5],
  ])('after %s', async (_name, seconds, ms, random) => {
    const bed = await watching(ttl(seconds), 'reviews:80', {}, () => random)
    expect(questions(bed)).toBe(1)
    await bed.clock.advance(ms - 1)
    expect(questions(bed)).toBe(1)
    await bed.clock.advance(1)
    expect(questions(bed)).toBe(2)
  })

  it('after a failure: half a second, then ever later, until refresh', async () => {
    const bed = await watching(ttl(5), 'reviews:80', {}, () => 0.999_999)
    bed.dns.v4.set('reviews', 'ESERVFAIL')
    await bed.clock.advance(5_500)
    const asked: number[] = []
    let seen = questions(bed)
    for (let ms = 0; ms < 200_000; ms += 500) {
      await bed.clock.advance(500)
      if (questions(bed) > seen) asked.push(ms + 500)
      seen = questions(bed)
    }
    const waits = asked.map((at, i) => at - (asked[i - 1] ?? 0))
    expect(waits.slice(0, 8)).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000])
  })

  it('never once it was stopped, and what is asked is given up', async () => {
    const bed = await watching(ttl(5))
    bed.stop()
    expect(bed.dns.cancelled).toBe(1)
    expect(bed.clock.pending).toBe(0)
    await bed.clock.advance(600_000)
    expect(questions(bed)).toBe(1)
  })

  it('an answer that comes after the stop is not reported', async () => {
    const scripted = new ScriptedDns()
    scripted.v4.set('reviews', ['10.0.0.1'])
    const clock = fakeClock()
    const sets: unknown[] = []
    dnsResolver(dns('reviews'), { clock, random: () => 0, dns: scripted }).watch(
      (set) => sets.push(set),
      (error) => sets.push(error),
    )()
    await clock.advance(0)
    expect(sets).toEqual([])
    expect(clock.pending).toBe(0)
  })
})

describe('the last good set', () => {
  it.each(['ENOTFOUND', 'ENODATA', 'ESERVFAIL', 'ETIMEOUT', 'ECONNREFUSED', []])(
    'serves on through %j, and the next good one replaces it',
    async (outage) => {
      const bed = await watching((one) => one.v4.set('reviews', ['10.0.0.1']))
      bed.dns.v4.set('reviews', outage)
      await bed.clock.advance(3_600_000)
      expect(bed.sets).toHaveLength(1)
      expect(bed.failures.length).toBeGreaterThan(10)
      bed.dns.v4.set('reviews', ['10.0.0.2'])
      await bed.clock.advance(60_000)
      expect(bed.urls()).toEqual(['http://10.0.0.2:80'])
    },
  )

  it('ends after maxStale, once', async () => {
    const bed = await watching((one) => one.v4.set('reviews', ['10.0.0.1']), 'reviews:80', { maxStale: '10m' })
    bed.dns.v4.set('reviews', 'ESERVFAIL')
    await bed.clock.advance(598_000)
    expect(bed.sets).toHaveLength(1)
    await bed.clock.advance(600_000)
    expect(bed.sets.slice(1)).toEqual([[]])
  })

  it('a name that was never found fails at once, and goes on being asked for', async () => {
    const bed = await watching(() => {})
    expect(bed.sets).toEqual([])
    expect(bed.failures).toEqual(['queryA ENOTFOUND reviews'])
    bed.dns.v4.set('reviews', ['10.0.0.1'])
    await bed.clock.advance(500)
    expect(bed.urls()).toEqual(['http://10.0.0.1:80'])
  })
})

describe('other sources of the system', () => {
  it('a name that DNS does not know may stand in the hosts file or be completed by a search domain', async () => {
    const bed = await watching((one) => one.hosts.set('reviews', ['fd00::1', '10.0.0.1']))
    expect(bed.dns.questions).toEqual(['A reviews', 'AAAA reviews', 'lookup reviews'])
    expect(bed.urls()).toEqual(['http://10.0.0.1:80'])
  })

  it('localhost is never asked of a server', async () => {
    const bed = await watching((one) => one.hosts.set('localhost', ['::1', '127.0.0.1']), 'localhost:80')
    expect(bed.dns.questions).toEqual(['lookup localhost'])
    expect(bed.urls()).toEqual(['http://127.0.0.1:80'])
  })

  it('a server that fails is not doubled by a lookup once there are endpoints', async () => {
    const bed = await watching((one) => one.v4.set('reviews', ['10.0.0.1']))
    bed.dns.v4.set('reviews', 'ESERVFAIL')
    await bed.clock.advance(600_000)
    expect(bed.dns.questions).not.toContain('lookup reviews')
  })
})

describe('a thousand addresses', () => {
  const many = (from: number): string[] =>
    Array.from({ length: 1_000 }, (_, i) => `10.0.${(from + i) >> 8}.${(from + i) & 255}`)

  it('are a choice of 256, which stays while they do', async () => {
    const bed = await watching((one) => one.v4.set('reviews', many(0)), 'reviews:80', {}, Math.random)
    expect(bed.urls()).toHaveLength(256)
    bed.dns.v4.set('reviews', many(0).reverse())
    await bed.clock.advance(33_000)
    expect(bed.sets).toHaveLength(2)
    expect(new Set(bed.urls())).toEqual(new Set(bed.sets[0]?.map(({ url }) => url)))
  })
})
