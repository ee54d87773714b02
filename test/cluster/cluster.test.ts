import { describe, expect, it } from 'vitest'
import { Cluster } from '../../src/cluster/index.js'
import { Observer } from '../../src/core/observer.js'
import { fakeClock } from '../../src/testing/fake-clock.js'
import { bed, hosts } from './scaffold.js'

describe('an update of the endpoints', () => {
  it('keeps the state of those that stay', () => {
    const { cluster, at } = bed(hosts(2))
    const kept = at(1)
    kept.active = 3
    cluster.update([{ url: 'http://h1' }, { url: 'http://h2' }])
    expect(cluster.endpoints.map((one) => one.id)).toEqual(['h1:80', 'h2:80'])
    expect(at(0)).toBe(kept)
    expect(at(0).active).toBe(3)
  })

  it('takes over labels, weight and locality in place', () => {
    const { cluster, at } = bed(hosts(1))
    const before = at(0)
    const { version } = cluster
    cluster.update([{ url: 'http://h0', labels: { version: 'v2' }, weight: 5, locality: 'eu' }])
    expect(at(0)).toBe(before)
    expect(at(0)).toMatchObject({ labels: { version: 'v2' }, weight: 5, locality: 'eu' })
    expect(cluster.version).toBeGreaterThan(version)
  })

  it('that changes nothing publishes nothing', () => {
    const options = [{ url: 'http://h0', labels: { version: 'v1' } }]
    const { cluster } = bed(options)
    const { version, endpoints } = cluster
    cluster.update([{ url: 'http://h0', labels: { version: 'v1' } }])
    expect(cluster.version).toBe(version)
    expect(cluster.endpoints).toBe(endpoints)
  })

  it('treats another scheme as another endpoint', () => {
    const { cluster, at } = bed(hosts(1))
    const before = at(0)
    cluster.update([{ url: 'https://h0:80' }])
    expect(at(0)).not.toBe(before)
    expect(cluster.endpoints).toHaveLength(1)
  })

  it('takes the first of two equal addresses', () => {
    const { cluster } = bed([
      { url: 'http://h0', weight: 2 },
      { url: 'http://h0:80', weight: 9 },
    ])
    expect(cluster.endpoints.map((one) => one.weight)).toEqual([2])
  })

  it('reports who joined and who left, and hands over what left', () => {
    const observer = new Observer()
    const events: string[] = []
    observer.on('endpoint', ({ service, endpoint, change }) => events.push(`${service} ${endpoint} ${change}`))
    const removed: string[] = []
    const cluster = new Cluster('reviews', {
      clock: fakeClock(),
      random: () => 0,
      observer,
      onRemoved: (endpoints) => removed.push(endpoints.map((one) => one.origin).join()),
    })
    cluster.update(hosts(2))
    cluster.update(hosts(1))
    cluster.close()
    expect(events).toEqual([
      'reviews h0:80 added',
      'reviews h1:80 added',
      'reviews h1:80 removed',
      'reviews h0:80 removed',
    ])
    expect(removed).toEqual(['http://h1:80', 'http://h0:80'])
  })
})
