import { describe, expect, it } from 'vitest'
import { Cluster, type Endpoint } from '../../src/cluster/index.js'
import { OriginalEndpoints } from '../../src/cluster/original.js'
import { clientCall } from '../../src/core/call.js'
import { Observer } from '../../src/core/observer.js'
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.js'

interface Bed {
  readonly cluster: Cluster
  readonly clock: FakeClock
  readonly of: (url: string) => Endpoint | undefined
  readonly ids: () => string[]
}

function bed(): Bed {
  const clock = fakeClock()
  const cluster = new Cluster('wiki', { clock, random: () => 0, observer: new Observer() })
  const originals = new OriginalEndpoints(cluster, clock)
  return {
    cluster,
    clock,
    of: (url) => originals.of(clientCall({ url })),
    ids: () => cluster.endpoints.map(({ id }) => id),
  }
}

describe('the endpoint of a call to the original destination', () => {
  it.each([
    ['http://en.wiki.test/x', 'http://en.wiki.test:80'],
    ['https://en.wiki.test/x', 'https://en.wiki.test:443'],
    ['https://EN.wiki.test:8443/x', 'https://en.wiki.test:8443'],
    ['http://10.0.0.1:8080/', 'http://10.0.0.1:8080'],
    ['http://[fd00::1]:8080/', 'http://[fd00::1]:8080'],
    ['http://[fd00::1]/', 'http://[fd00::1]:80'],
  ])('%s is %s', (url, origin) => {
    expect(bed().of(url)?.origin).toBe(origin)
  })

  it('is the same for every call there', () => {
    const { of, ids } = bed()
    expect(of('http://a/1')).toBe(of('http://a/2'))
    of('http://b')
    expect(ids()).toEqual(['a:80', 'b:80'])
  })

  it('never is one of plain text for a call in TLS, nor the other way round', () => {
    const { of, ids } = bed()
    for (const scheme of ['http', 'https', 'http']) expect(of(`${scheme}://a:8080`)?.scheme).toBe(scheme)
    expect(ids()).toEqual(['a:8080'])
  })

  it('is forgotten when nobody has called it for a minute, and kept while a call is under way', async () => {
    const { of, ids, clock } = bed()
    const busy = of('http://busy')
    if (busy !== undefined) busy.active++
    of('http://idle')
    of('http://used')
    for (let i = 0; i < 4; i++) {
      await clock.advance(30_000)
      of('http://used')
    }
    expect(ids()).toEqual(['busy:80', 'used:80'])
    busy?.release()
    await clock.advance(180_000)
    expect(ids()).toEqual([])
    expect(clock.pending).toBe(0)
  })

  it('takes the place of one used long ago when there are too many', async () => {
    const { of, cluster, clock, ids } = bed()
    for (let i = 0; i < 1_024; i++) of(`http://h${i}`)
    await clock.advance(1_000)
    of('http://h0')
    of('http://another')
    expect(cluster.endpoints).toHaveLength(1_024 - 128 + 1)
    expect(ids()).toContain('h0:80')
    expect(ids()).not.toContain('h1:80')
  })

  it('is refused when every place has a call under way', () => {
    const { of } = bed()
    for (let i = 0; i < 1_024; i++) {
      const endpoint = of(`http://h${i}`)
      if (endpoint !== undefined) endpoint.active++
    }
    expect(() => of('http://another')).toThrow(expect.objectContaining({ code: 'ERR_MESH_OVERFLOW' }))
  })
})
