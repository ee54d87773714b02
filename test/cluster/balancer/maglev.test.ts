import { describe, expect, it } from 'vitest'
import { maglev, maglevTable } from '../../../src/cluster/balancer/maglev.js'
import type { LoadBalancerSettings } from '../../../src/cluster/balancer/options.js'
import type { Endpoint } from '../../../src/cluster/index.js'
import { hash64 } from '../../core/hash/big.js'
import { call, weighted } from '../scaffold.js'
import { context, goldenHosts } from './scaffold.js'

function slots(endpoints: readonly Endpoint[], settings: LoadBalancerSettings): number[] {
  const table = maglevTable(endpoints, settings)
  return Array.from({ length: settings.tableSize ?? 65_537 }, (_, slot) => table.indexOf({ hi: 0, lo: slot }, 0))
}

function counts(weights: readonly number[], settings: LoadBalancerSettings = {}): number[] {
  const each = weights.map(() => 0)
  for (const owner of slots(weighted(...weights), settings)) each[owner] = (each[owner] ?? 0) + 1
  return each
}

describe('Envoy’s golden table of six hosts and seven slots', () => {
  it.each<[string, LoadBalancerSettings, number[]]>([
    ['by address', { tableSize: 7 }, [92, 94, 90, 91, 95, 90, 93]],
    ['by host name', { tableSize: 7, useHostname: true }, [92, 95, 90, 93, 94, 91, 90]],
  ])('%s', (_, settings, ports) => {
    const hosts = goldenHosts()
    expect(slots(hosts, settings).map((index) => hosts[index]?.port)).toEqual(ports)
    const reversed = hosts.toReversed()
    expect(slots(reversed, settings).map((index) => reversed[index]?.port)).toEqual(ports)
  })

  it('a refused choice looks at the slot of hash ^ (2^64 - attempt)', () => {
    const balancer = maglev(goldenHosts(), context({ type: 'maglev', tableSize: 7 }))
    const ports = [92, 94, 90, 91, 95, 90, 93]
    for (const hash of [0n, 5n, 12345678901234567890n])
      for (const attempt of [1, 2, 3]) {
        const slot = (hash ^ (2n ** 64n - BigInt(attempt))) % 7n
        expect(balancer.pick(call(), hash64(hash), attempt)?.port).toBe(ports[Number(slot)])
      }
  })
})

describe('slots by weight', () => {
  it('equal weights differ by one slot at most', () => {
    const each = counts([1, 1, 1, 1, 1])
    expect(Math.max(...each) - Math.min(...each)).toBeLessThanOrEqual(1)
  })

  it('unequal ones have their share', () => {
    const [a = 0, b = 0, c = 0] = counts([1, 2, 5])
    expect(a / 65_537).toBeCloseTo(1 / 8, 3)
    expect(b / 65_537).toBeCloseTo(2 / 8, 3)
    expect(c / 65_537).toBeCloseTo(5 / 8, 3)
  })

  it('even the lightest has a slot, and a ratio of a billion takes no time', () => {
    const started = performance.now()
    const each = counts([4_000_000_000, ...Array<number>(2_000).fill(1)])
    expect(Math.min(...each)).toBe(1)
    expect(performance.now() - started).toBeLessThan(2_000)
  })

  it('more endpoints than slots leave some without one', () => {
    expect(counts(Array<number>(10).fill(1), { tableSize: 7 }).reduce((a, b) => a + b)).toBe(7)
  })
})

it('when an endpoint goes, few keys of the others move', () => {
  const endpoints = weighted(...Array<number>(20).fill(1))
  const before = slots(endpoints, {})
  const after = slots(endpoints.slice(0, -1), {})
  const moved = before.filter((owner, i) => owner !== 19 && owner !== after[i]).length
  expect(moved / 65_537).toBeLessThan(0.05)
})
