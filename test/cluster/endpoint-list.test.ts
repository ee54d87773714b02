import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Endpoint } from '../../src/cluster/endpoint.js'
import { EndpointList } from '../../src/cluster/endpoint-list.js'
import type { EndpointOptions } from '../../src/discovery/index.js'
import { hosts } from './scaffold.js'

function listOf(options: readonly EndpointOptions[]): EndpointList {
  const list = new EndpointList()
  list.update(options, 0)
  return list
}

describe('an update', () => {
  const given = hosts(3)

  it.each<{ name: string; next: string; added: string; removed: string; is?: string }>([
    { name: 'of one in the middle', next: '032', added: '3', removed: '1' },
    { name: 'that adds at the front', next: '3012', added: '3', removed: '' },
    { name: 'that adds at the end', next: '0123', added: '3', removed: '' },
    { name: 'that takes the first away', next: '12', added: '', removed: '0' },
    { name: 'that takes the last away', next: '01', added: '', removed: '2' },
    { name: 'that takes all away', next: '', added: '', removed: '012' },
    { name: 'that repeats an address after', next: '01203', added: '3', removed: '', is: '0123' },
    { name: 'that repeats an address before', next: '30123', added: '3', removed: '', is: '3012' },
  ])('$name keeps the others', ({ next, added, removed, is = next }) => {
    const list = listOf(given)
    const before = list.all
    const changes = list.update(
      [...next].map((i) => given[Number(i)] ?? { url: `http://h${i}` }),
      0,
    )
    const digits = (endpoints: readonly Endpoint[] = []): string => endpoints.map(({ host }) => host.slice(1)).join('')
    expect([digits(changes?.added), digits(changes?.removed), digits(list.all)]).toEqual([added, removed, is])
    for (const endpoint of list.all) expect(before.includes(endpoint)).toBe(!changes?.added.includes(endpoint))
  })

  it('of the order alone changes nothing: tables of hashes need not be built anew', () => {
    const list = listOf(hosts(3))
    const before = list.all
    expect(list.update(hosts(3).reverse(), 0)).toBeUndefined()
    expect(list.all).toBe(before)
  })

  it.each([
    ['at its place', (options: EndpointOptions[]) => options],
    ['moved', (options: EndpointOptions[]) => options.reverse()],
  ])('reconfigures an endpoint %s', (_, arrange) => {
    const list = listOf(hosts(3))
    const middle = list.all[1]
    const next = hosts(3).map((one, i) => (i === 1 ? { ...one, weight: 7 } : one))
    expect(list.update(arrange(next), 0)).toEqual({ added: [], removed: [] })
    expect(middle?.weight).toBe(7)
    expect(list.all).toContain(middle)
  })

  it('does not see what the caller does to the list later', () => {
    const options = hosts(2)
    const list = listOf(options)
    options.pop()
    expect(list.update(options, 0)?.removed).toHaveLength(1)
  })

  it('notes when an endpoint came', () => {
    const list = listOf(hosts(1))
    list.update(hosts(2), 500)
    expect(list.all.map(({ addedAtMs }) => addedAtMs)).toEqual([0, 500])
  })
})

it('any updates lead to the first of each address, and endpoints that stay are the same objects', () => {
  const url = fc.constantFrom('http://a', 'http://a:80', 'https://a:80', 'http://b', 'http://c', 'http://d', 'nonsense')
  const option = fc.record({ url, weight: fc.integer({ min: 1, max: 3 }) })
  fc.assert(
    fc.property(fc.array(fc.array(option, { maxLength: 7 }), { minLength: 2, maxLength: 5 }), (updates) => {
      const list = new EndpointList()
      for (const options of updates) {
        const before = new Map(list.all.map((endpoint) => [endpoint.origin, endpoint]))
        list.update(options, 0)
        const first = new Map<string, EndpointOptions>()
        for (const one of options) {
          const host = one.url.split('/')[2]?.split(':')[0]
          if (host !== undefined && !first.has(host)) first.set(host, one)
        }
        expect(new Map(list.all.map(({ host, weight }) => [host, weight]))).toEqual(
          new Map([...first].map(([host, one]) => [host, one.weight])),
        )
        expect(list.all).toHaveLength(first.size)
        for (const endpoint of list.all) {
          expect(list.get(endpoint.id)).toBe(endpoint)
          const old = before.get(endpoint.origin)
          if (old !== undefined) expect(endpoint).toBe(old)
        }
      }
    }),
    { numRuns: 500 },
  )
})
