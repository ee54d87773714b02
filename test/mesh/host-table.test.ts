import { describe, expect, it } from 'vitest'
import { HostTable } from '../../src/mesh/host-table.js'

const table = (...hosts: string[]): HostTable<string> => new HostTable(hosts.map((host) => [host, host] as const))

describe('a host', () => {
  const cases: [what: string, hosts: string[], authority: string, found: string | undefined][] = [
    ['means the service of that name', ['a'], 'a', 'a'],
    ['has no case', ['Reviews.Shop'], 'rEVIEWS.sHOP', 'Reviews.Shop'],
    ['may end in a dot', ['a.shop'], 'a.shop.:80', 'a.shop'],
    ['in the config may end in a dot', ['a.shop.'], 'a.shop', 'a.shop.'],
    ['with a port means the service of that port', ['a', 'a:8080'], 'a:8080', 'a:8080'],
    ['with another port means the service of any port', ['a', 'a:8080'], 'a:9090', 'a'],
    ['without a port has that of its scheme', ['a', 'a:80'], 'a', 'a:80'],
    ['of a single port is not found at another', ['a:8080'], 'a:9090', undefined],
    ['is found by a wildcard', ['*.shop'], 'a.shop', '*.shop'],
    ['of several labels is found by a wildcard', ['*.shop'], 'a.b.shop', '*.shop'],
    ['that is the suffix itself is not', ['*.shop'], 'shop', undefined],
    ['with an empty first label is not', ['*.shop'], '.shop', undefined],
    ['ends in whole labels', ['*.shop'], 'a.bookshop', undefined],
    ['takes the longest wildcard', ['*', '*.example', '*.shop.example'], 'a.shop.example', '*.shop.example'],
    ['itself comes before every wildcard', ['*.shop', 'a.shop'], 'a.shop', 'a.shop'],
    ['takes a wildcard of its port first', ['*.shop', '*.shop:8080'], 'a.shop:8080', '*.shop:8080'],
    ['takes a longer wildcard before one of its port', ['*.b.shop', '*.shop:8080'], 'a.b.shop:8080', '*.b.shop'],
    ['that nothing names is what any host is', ['*', 'b'], 'a:1', '*'],
    ['that nothing names is nothing', ['b'], 'a', undefined],
    ['may be an IPv6 address', ['[::1]:8080', '::1'], '[::1]:8080', '[::1]:8080'],
    ['may be an IPv6 address without brackets', ['::1'], '[::1]:9', '::1'],
  ]
  it.each(cases)('%s', (_what, hosts, authority, found) => {
    const hostTable = table(...hosts)
    expect(hostTable.find(authority, 'http')).toBe(found)
    expect(hostTable.find(authority, 'http')).toBe(found)
  })

  it('means another port under https', () => {
    const both = table('a:80', 'a:443')
    expect([both.find('a', 'http'), both.find('a', 'https'), both.find('a', 'http')]).toEqual(['a:80', 'a:443', 'a:80'])
  })

  it('is found among more hosts than are remembered', () => {
    const many = table('*.shop')
    for (let i = 0; i < 5_000; i++) expect(many.find(`h${i}.shop`, 'http')).toBe('*.shop')
  })
})
