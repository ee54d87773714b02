import { describe, expect, it } from 'vitest'
import { Cluster } from '../../src/cluster/index.js'
import { Observer } from '../../src/core/observer.js'
import type { EndpointOptions } from '../../src/discovery/index.js'
import { fakeClock } from '../../src/testing/fake-clock.js'
import { bed, call, hosts, viewOf } from './scaffold.js'

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

describe('the cluster that a subset has of its own', () => {
  const v1 = { version: 'v1' }
  const given = [
    { url: 'http://h0', labels: v1 },
    { url: 'http://h1', labels: { version: 'v2' } },
    { url: 'http://h2', labels: { version: 'v1', zone: 'a' } },
  ]
  const names = (cluster: Cluster): string[] => cluster.endpoints.map(({ host }) => host)

  it('has the same addresses, filtered by labels, and follows them', () => {
    const { cluster } = bed(given)
    const part = cluster.part('v1', v1)
    expect(part).toMatchObject({ name: 'reviews', subset: 'v1', fullName: 'reviews|v1' })
    expect(names(part)).toEqual(['h0', 'h2'])
    cluster.update([...given.slice(1), { url: 'http://h3', labels: v1 }])
    expect(names(part)).toEqual(['h2', 'h3'])
    cluster.part('v1', { zone: 'a' })
    expect(names(part)).toEqual(['h2'])
  })

  it('counts calls and ejects apart', () => {
    const { cluster, at, ejections } = bed(given)
    const part = cluster.part('v1', v1)
    part.detectOutliers({ consecutive5xxErrors: 1, maxEjectionPercent: 50 })
    const twin = part.endpoints[0]
    if (twin === undefined) throw new Error('no twin')
    twin.enter()
    part.outliers.report(twin, 500)
    expect([twin.ejected, twin.active, part.active()]).toEqual([true, 1, 1])
    expect([at(0).ejected, at(0).active, cluster.active()]).toEqual([false, 0, 0])
    expect(ejections).toMatchObject([{ service: 'reviews', subset: 'v1', endpoint: 'h0:80' }])
  })

  it('tells nobody of endpoints that joined or left: the service does', () => {
    const { cluster, observer } = bed(given)
    const events: string[] = []
    observer.on('endpoint', ({ endpoint, change }) => events.push(`${endpoint} ${change}`))
    cluster.part('v1', v1)
    cluster.update(given.slice(1))
    expect(events).toEqual(['h0:80 removed'])
  })

  it('hands over what left it', () => {
    const { cluster } = bed(given)
    const removed: string[] = []
    cluster.part('v1', v1, (endpoints) => removed.push(...endpoints.map(({ host }) => host)))
    cluster.update(given.map((one) => ({ ...one, labels: { version: 'v2' } })))
    expect(removed).toEqual(['h0', 'h2'])
  })

  it('shares what the health checks of the service find', () => {
    const { cluster, at } = bed(given)
    cluster.setHealth(at(2), false)
    const part = cluster.part('v1', v1)
    const health = (): boolean[] => part.endpoints.map(({ unhealthy }) => unhealthy)
    expect(health()).toEqual([false, true])
    const { version } = part
    cluster.setHealth(at(0), false)
    cluster.setHealth(at(2), true)
    expect(health()).toEqual([true, false])
    expect(part.version).toBeGreaterThan(version)
  })

  it('ends with the service; one that is dropped stays as it is until it is closed', () => {
    const { cluster, clock } = bed(given)
    const parts = ['v1', 'again'].map((name) => cluster.part(name, v1))
    for (const part of parts) {
      part.detectOutliers({ consecutive5xxErrors: 1 })
      for (const endpoint of part.endpoints) part.outliers.report(endpoint, 500)
    }
    expect(clock.pending).toBe(2)
    cluster.dropPart('again')
    cluster.close()
    expect(clock.pending).toBe(1)
    expect(parts.map((part) => names(part).length)).toEqual([0, 2])
    parts[1]?.close()
    expect(clock.pending).toBe(0)
    expect(parts.map(names)).toEqual([[], []])
  })
})

describe('the health of an endpoint', () => {
  it('is published when it changes, and only then', () => {
    const { cluster, at } = bed(hosts(1))
    const { version, membersVersion } = cluster
    cluster.setHealth(at(0), true)
    expect(cluster.version).toBe(version)
    cluster.setHealth(at(0), false)
    cluster.setHealth(at(0), false)
    expect(cluster.version).toBe(version + 1)
    expect(cluster.membersVersion).toBe(membersVersion)
  })

  it('that comes back starts slowly anew', async () => {
    const { cluster, at, clock } = bed(hosts(1))
    const added = at(0).addedAtMs
    cluster.setHealth(at(0), false)
    await clock.advance(5_000)
    expect(at(0).addedAtMs).toBe(added)
    cluster.setHealth(at(0), true)
    expect(at(0).addedAtMs).toBe(added + 5_000)
    await clock.advance(5_000)
    cluster.setHealth(at(0), true)
    expect(at(0).addedAtMs).toBe(added + 5_000)
  })
})

it('calls that are under way on endpoints that left still count for the cluster', () => {
  const { cluster, at } = bed(hosts(1))
  const gone = at(0)
  gone.enter()
  cluster.update([])
  expect([gone.gone, cluster.active()]).toEqual([true, 1])
  gone.release()
  expect(cluster.active()).toBe(0)
})

it('a change of one endpoint in 10,000, and a pick after it, take less than a millisecond', () => {
  const url = (i: number): string => `http://10.0.${i >> 8}.${i & 255}`
  let options: readonly EndpointOptions[] = Array.from({ length: 10_000 }, (_, i) => ({ url: url(i) }))
  const { cluster } = bed(options)
  const view = viewOf(cluster)
  let fastest = Number.POSITIVE_INFINITY
  for (let n = 0; n < 100; n++) {
    const changed = (n * 7_919) % options.length
    options = options.map((one, i) => (i === changed ? { url: url(20_000 + n) } : one))
    const start = performance.now()
    cluster.update(options)
    view.pick(call())
    fastest = Math.min(fastest, performance.now() - start)
  }
  // The fastest: others use this machine too.
  expect(fastest).toBeLessThan(1)
})
