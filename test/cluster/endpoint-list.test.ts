import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EndpointList } from '../../src/cluster/endpoint-list.js'
import type { EndpointOptions } from '../../src/discovery/index.js'
import { hosts } from './scaffold.js'

function listOf(options: readonly EndpointOptions[]): EndpointList {
  const list = new EndpointList()
  list.update(options, 0)
  return list
}

const ids = (list: EndpointList): string[] => list.all.map(({ host }) => host)

describe('an update', () => {
  const [h0, h1, h2, h3] = hosts(4)
  const [a, b, c, d] = [h0, h1, h2, h3].map((one) => one ?? { url: '' })
  const given = [a, b, c].map((one) => one ?? { url: '' })

  it.each([
    { name: 'of one in the middle', next: [a, d, c], added: ['h3'], removed: ['h1'], is: ['h0', 'h3', 'h2'] },
    { name: 'that adds at the front', next: [d, a, b, c], added: ['h3'], removed: [], is: ['h3', 'h0', 'h1', 'h2'] },
    { name: 'that adds at the end', next: [a, b, c, d], added: ['h3'], removed: [], is: ['h0', 'h1', 'h2', 'h3'] },
    { name: 'that takes the first away', next: [b, c], added: [], removed: ['h0'], is: ['h1', 'h2'] },
    { name: 'that takes the last away', next: [a, b], added: [], removed: ['h2'], is: ['h0', 'h1'] },
    { name: 'that takes all away', next: [], added: [], removed: ['h0', 'h1', 'h2'], is: [] },
    { name: 'that repeats an address after', next: [a, b, c, a, d], added: ['h3'], removed: [], is: ['h0', 'h1', 'h2', 'h3'] },
    { name: 'that repeats an address before', next: [c, a, b, c], added: [], removed: [], is: undefined },
  ])('$name keeps the others', ({ next, added, removed, is }) => {
    const list = listOf(given)
    const before = list.all
    const changes = list.update(
      next.map((one) => one ?? { url: '' }),
      0,
    )
    expect(changes?.added.map(({ host }) => host) ?? []).toEqual(added)
    expect(changes?.removed.map(({ host }) => host) ?? []).toEqual(removed)
    expect(ids(list)).toEqual(is ?? ids({ ...list, all: before } as EndpointList))
    for (const endpoint of list.all)
      if (!added.includes(endpoint.host)) expect(before).toContain(endpoint)
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
