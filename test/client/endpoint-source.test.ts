import { describe, expect, it } from 'vitest'
import { EndpointSource } from '../../src/client/endpoint-source.js'
import type { MeshEvents } from '../../src/core/events.js'
import { Observer } from '../../src/core/observer.js'
import { combinedResolver } from '../../src/discovery/combined.js'
import type { OnDiscoveryFailure, OnEndpoints, Resolver } from '../../src/discovery/index.js'
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.js'

interface Bed {
  readonly source: EndpointSource
  readonly clock: FakeClock
  /** The urls of every set that was applied. */
  readonly sets: string[][]
  readonly events: MeshEvents['discovery'][]
}

function bed(): Bed {
  const clock = fakeClock()
  const observer = new Observer()
  const events: MeshEvents['discovery'][] = []
  observer.on('discovery', (event) => events.push(event))
  const sets: string[][] = []
  const source = new EndpointSource('reviews', {
    clock,
    observer,
    random: () => 0,
    apply: (endpoints) => sets.push(endpoints.map(({ url }) => url)),
  })
  return { source, clock, sets, events }
}

/** A resolver that is spoken for. */
class Spoken implements Resolver {
  found: OnEndpoints = () => {}
  failed: OnDiscoveryFailure = () => {}
  started = 0
  stopped = 0

  watch(onEndpoints: OnEndpoints, onFailure: OnDiscoveryFailure): () => void {
    this.started++
    this.found = onEndpoints
    this.failed = onFailure
    return () => {
      this.stopped++
    }
  }
}

const a = { url: 'http://a:80' }
const b = { url: 'http://b:80' }
const c = { url: 'http://c:80' }

async function isSettled(promise: Promise<void> | undefined): Promise<boolean> {
  if (promise === undefined) return true
  return Promise.race([promise.then(() => true), new Promise<boolean>((resolve) => setImmediate(resolve, false))])
}

describe('endpoints of the config', () => {
  it('are there at once, and so are those of the next config', () => {
    const { source, sets, events } = bed()
    source.configure([a], undefined)
    expect(source.pending).toBeUndefined()
    source.configure([b], undefined)
    source.configure(undefined, undefined)
    expect(sets).toEqual([['http://a:80'], ['http://b:80'], []])
    expect(events).toEqual([])
  })

  it('beside a discovery serve until it has answered', () => {
    const { source, sets } = bed()
    const resolver = new Spoken()
    source.configure([a], resolver)
    expect(sets).toEqual([['http://a:80']])
    resolver.found([b])
    source.configure([c], resolver)
    expect(sets).toEqual([['http://a:80'], ['http://b:80']])
  })
})

describe('a discovery', () => {
  it('is waited for until its first answer', async () => {
    const { source, sets, events } = bed()
    const resolver = new Spoken()
    source.configure(undefined, resolver)
    const { pending } = source
    expect(await isSettled(pending)).toBe(false)
    resolver.found([a, b])
    expect(await isSettled(pending)).toBe(true)
    expect(source.pending).toBeUndefined()
    await source.ready()
    expect(sets).toEqual([['http://a:80', 'http://b:80']])
    expect(events).toEqual([{ service: 'reviews', result: 'found', endpoints: 2, error: undefined }])
  })

  it('that answers while it starts is never waited for', () => {
    const { source, clock } = bed()
    source.configure(undefined, { kind: 'dns', name: '10.0.0.1', port: 80 })
    expect(source.pending).toBeUndefined()
    expect(clock.pending).toBe(0)
  })

  it.each([
    ['fails', (one: Spoken) => one.failed(new Error('no such name'))],
    ['reports nonsense', (one: Spoken) => one.found([{ url: 'ftp://a' }])],
  ])('that %s at first is not waited for any more, and ready() says why', async (_name, happens) => {
    const { source, sets, events } = bed()
    const resolver = new Spoken()
    source.configure(undefined, resolver)
    happens(resolver)
    expect(source.pending).toBeUndefined()
    await expect(source.ready()).rejects.toMatchObject({ code: 'ERR_MESH_NO_HEALTHY_ENDPOINT', service: 'reviews' })
    expect(events).toMatchObject([{ result: 'failed', endpoints: 0 }])
    expect(sets).toEqual([])
    resolver.found([a])
    await source.ready()
    expect(source.failure).toBeUndefined()
  })

  it('that throws at its start has failed', async () => {
    const { source } = bed()
    source.configure(undefined, {
      watch() {
        throw new TypeError('not today')
      },
    })
    expect(source.pending).toBeUndefined()
    await expect(source.ready()).rejects.toThrow(/not today/)
  })

  it('that says nothing is waited for ten seconds', async () => {
    const { source, clock, events } = bed()
    source.configure(undefined, new Spoken())
    const { pending } = source
    await clock.advance(9_999)
    expect(await isSettled(pending)).toBe(false)
    await clock.advance(1)
    expect(await isSettled(pending)).toBe(true)
    expect(events).toMatchObject([{ result: 'failed' }])
  })

  it('that fails later takes nothing away', () => {
    const { source, sets, events } = bed()
    const resolver = new Spoken()
    source.configure(undefined, resolver)
    resolver.found([a])
    resolver.failed(new Error('SERVFAIL'))
    expect(sets).toEqual([['http://a:80']])
    expect(events.at(-1)).toMatchObject({ result: 'failed', endpoints: 1 })
  })

  it.each([
    ['a bad URL', [a, { url: 'nowhere' }]],
    ['an unknown field', [{ ...a, wait: 3 }]],
    ['an address twice', [a, a]],
    ['no list', 'http://a:80'],
    ['a hole', [undefined]],
  ])('that reports %s is told so, and nothing of it is used', (_name, reported) => {
    const { source, sets, events } = bed()
    const resolver = new Spoken()
    source.configure(undefined, resolver)
    resolver.found([c])
    Reflect.apply(resolver.found, undefined, [reported])
    expect(sets).toEqual([['http://c:80']])
    expect(events.at(-1)).toMatchObject({ result: 'failed', error: { name: 'ConfigError' } })
  })

  it('may find that there is nobody', () => {
    const { source, sets } = bed()
    const resolver = new Spoken()
    source.configure(undefined, resolver)
    resolver.found([a])
    resolver.found([])
    expect(sets).toEqual([['http://a:80'], []])
  })

  it('that repeats itself is no news', () => {
    const { source, events } = bed()
    const resolver = new Spoken()
    source.configure(undefined, resolver)
    resolver.found([a])
    resolver.found([a])
    resolver.failed(new Error('SERVFAIL'))
    resolver.found([a])
    expect(events.map(({ result }) => result)).toEqual(['found', 'failed', 'found'])
  })
})

describe('a discovery by several resolvers', () => {
  it('tells each failure of one of them as such, and not as endpoints that were found', () => {
    const { source, sets, events } = bed()
    const [good, bad] = [new Spoken(), new Spoken()]
    source.configure(undefined, combinedResolver([good, bad]))
    good.found([a])
    for (let i = 0; i < 4; i++) bad.failed(new Error('SERVFAIL'))
    expect(events.map(({ result }) => result)).toEqual(['found', 'failed', 'failed', 'failed', 'failed'])
    expect(sets).toEqual([['http://a:80']])
  })
})

describe('a changed config', () => {
  it('keeps a discovery that is the same', () => {
    const { source } = bed()
    const resolver = new Spoken()
    source.configure(undefined, resolver)
    source.configure(undefined, resolver)
    expect(resolver).toMatchObject({ started: 1, stopped: 0 })
  })

  it('serves the endpoints of before until another discovery has answered', () => {
    const { source, sets } = bed()
    const [before, after] = [new Spoken(), new Spoken()]
    source.configure(undefined, before)
    before.found([a])
    source.configure(undefined, after)
    expect(before.stopped).toBe(1)
    before.found([c])
    before.failed(new Error('late'))
    expect(sets).toEqual([['http://a:80']])
    expect(source.failure).toBeUndefined()
    after.found([b])
    expect(sets).toEqual([['http://a:80'], ['http://b:80']])
  })

  it('from a discovery to endpoints takes effect at once', () => {
    const { source, sets } = bed()
    const resolver = new Spoken()
    source.configure(undefined, resolver)
    resolver.found([a])
    source.configure([b], undefined)
    expect(resolver.stopped).toBe(1)
    expect(sets.at(-1)).toEqual(['http://b:80'])
  })

  it('to the original destination forgets them all', () => {
    const { source, sets } = bed()
    source.configure([a], undefined)
    source.configure(undefined, { kind: 'original' })
    source.configure(undefined, { kind: 'original' })
    expect(sets).toEqual([['http://a:80'], []])
    expect(source.pending).toBeUndefined()
  })
})

describe('the end', () => {
  it('lets go of whoever waits, and of the discovery', async () => {
    const { source, clock } = bed()
    const resolver = new Spoken()
    source.configure(undefined, resolver)
    const { pending } = source
    source.close()
    expect(await isSettled(pending)).toBe(true)
    expect(resolver.stopped).toBe(1)
    expect(clock.pending).toBe(0)
  })

  it('that throws keeps nothing else from going on', async () => {
    const { source, sets } = bed()
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve))
    source.configure(undefined, {
      watch: () => () => {
        throw new Error('cannot end')
      },
    })
    source.configure([a], undefined)
    expect(sets).toEqual([['http://a:80']])
    expect((await warned).message).toBe('cannot end')
  })

  it('comes in the middle of a start: the discovery is stopped all the same', () => {
    const { source } = bed()
    let stopped = 0
    source.configure(undefined, {
      watch() {
        source.close()
        return () => {
          stopped++
        }
      },
    })
    expect(stopped).toBe(1)
  })
})

describe('a resolver that changes its own objects', () => {
  it('and reports them again has what it has changed taken over', () => {
    const applied: unknown[] = []
    const source = new EndpointSource('reviews', {
      clock: fakeClock(),
      observer: new Observer(),
      random: () => 0,
      apply: (endpoints) => applied.push(endpoints),
    })
    const resolver = new Spoken()
    source.configure(undefined, resolver)
    const own = { url: 'http://a:80', weight: 1 }
    const set = [own, b]
    resolver.found(set)
    own.weight = 9
    resolver.found(set)
    resolver.found(set)
    expect(applied).toEqual([
      [{ url: 'http://a:80', weight: 1 }, b],
      [{ url: 'http://a:80', weight: 9 }, b],
      [{ url: 'http://a:80', weight: 9 }, b],
    ])
    expect(applied[2]).toBe(applied[1])
  })
})
