import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../src/core/config-error.js'
import type { MeshEvents } from '../../src/core/events.js'
import { Observer } from '../../src/core/observer.js'
import type { Credentials, IdentitySource } from '../../src/identity/credentials.js'
import { IdentityState } from '../../src/identity/identity-state.js'
import { staticIdentity } from '../../src/identity/static.js'
import { subjectAltName } from '../../src/identity/x509/extensions.js'
import { fakeClock } from '../../src/testing/fake-clock.js'
import { Authority } from './authority.js'

const root = Authority.root()
const id = 'spiffe://td.a/ns/shop/sa/web'
const good = root.credentials(id)

/** A source that a test drives, as a user might write one. */
class Source implements IdentitySource {
  credentials: Credentials
  failure: Error | undefined = undefined
  readonly listeners = new Set<() => void>()
  closed = false

  constructor(credentials: Credentials) {
    this.credentials = credentials
  }

  current(): Credentials {
    if (this.failure !== undefined) throw this.failure
    return this.credentials
  }

  subscribe(fn: () => void): () => void {
    this.listeners.add(fn)
    return () => this.listeners.delete(fn)
  }

  close(): void {
    this.closed = true
  }

  rotate(credentials: Credentials): void {
    this.credentials = credentials
    for (const listener of this.listeners) listener()
  }
}

function setUp(source: IdentitySource, wallMs = Date.now()) {
  const observer = new Observer()
  const events: MeshEvents['identity'][] = []
  const faults: string[] = []
  observer.on('identity', (event) => events.push(event))
  observer.on('fault', ({ error }) => faults.push(error.message))
  const clock = fakeClock({ wallMs })
  const state = new IdentityState(source, { clock, observer })
  return { state, clock, events, faults }
}

describe('an identity state', () => {
  it('knows who we are', () => {
    const { state } = setUp(staticIdentity({ cert: good.cert, key: good.key, ca: root.pem }))
    expect(state.current.id.principal).toBe('td.a/ns/shop/sa/web')
    expect(state.current.generation).toBe(1)
    expect([...state.current.bundles.keys()]).toEqual(['td.a'])
    expect(state.expired).toBe(false)
  })

  it('counts a generation for every rotation, and tells', () => {
    const source = new Source(root.credentials(id))
    const { state, events } = setUp(source)
    const seen: number[] = []
    state.onRotate((snapshot) => seen.push(snapshot.generation))
    source.rotate(root.credentials(id))
    source.rotate({ ...source.credentials, bundles: { ...source.credentials.bundles, 'td.b': Authority.root().pem } })
    expect(seen).toEqual([2, 3])
    expect(events).toEqual([
      { result: 'rotated', generation: 2 },
      { result: 'rotated', generation: 3 },
    ])
  })

  it('takes no notice of credentials that are the same', () => {
    const source = new Source(root.credentials(id))
    const { state, events } = setUp(source)
    source.rotate({ ...source.credentials, bundles: { ...source.credentials.bundles } })
    expect(state.current.generation).toBe(1)
    expect(events).toEqual([])
  })

  const other = root.leaf(id)
  const encrypted = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' })
    .toString()
  const bad: [string, Credentials, string][] = [
    ['F43 whose key belongs to another certificate', { ...good, key: other.key }, 'identity.key'],
    ['F43 whose certificate is empty', { ...good, cert: '' }, 'identity.cert'],
    ['F43 whose certificate is torn', { ...good, cert: good.cert.slice(0, 300) }, 'identity.cert'],
    [
      'F43 whose certificate is garbled',
      { ...good, cert: good.cert.replace(/\n[^-\n]{60}/, '\nAAAA') },
      'identity.cert',
    ],
    ['F43 whose key is empty', { ...good, key: '' }, 'identity.key'],
    ['X33 whose key is encrypted', { ...good, key: encrypted }, 'identity.key'],
    ['X33 whose certificate is DER', { ...good, cert: other.certificate.raw.toString('latin1') }, 'identity.cert'],
    ['whose certificate has expired', root.credentials(id, { notAfterMs: Date.now() - 1000 }), 'identity.cert'],
    [
      'whose certificate is no SVID',
      { ...root.leaf(undefined, { san: subjectAltName({ dnsNames: ['web'] }) }), bundles: good.bundles },
      'identity.cert',
    ],
    ['without roots of our own trust domain', { ...good, bundles: { 'td.b': root.pem } }, 'identity.ca'],
    ['with empty roots', { ...good, bundles: { 'td.a': '' } }, 'identity.ca'],
    ['with a root that is no CA', { ...good, bundles: { 'td.a': other.cert } }, 'identity.bundles["td.a"]'],
    [
      'with a trust domain that can be none',
      { ...good, bundles: { ...good.bundles, 'TD/x': '' } },
      'identity.bundles["TD/x"]',
    ],
  ]

  it.each(bad)('refuses to start with credentials %s', (_fact, credentials, path) => {
    expect(() => setUp(new Source(credentials))).toThrow(
      expect.objectContaining({ code: 'ERR_MESH_CONFIG', problems: [expect.objectContaining({ path })] }),
    )
  })

  it.each(bad)('keeps the last good ones when new ones come %s', (_fact, credentials) => {
    const source = new Source(good)
    const { state, events } = setUp(source)
    const before = state.current
    source.rotate(credentials)
    expect(state.current).toBe(before)
    expect(events).toEqual([{ result: 'rejected', generation: 1, error: expect.any(ConfigError) }])
    source.rotate(root.credentials(id))
    expect(state.current.generation).toBe(2)
  })

  it('shows no key in an error', () => {
    const secret = other.key.split('\n')[1] ?? ''
    for (const [, credentials] of bad)
      try {
        setUp(new Source(credentials))
      } catch (error) {
        expect(JSON.stringify(error) + String(error)).not.toContain(secret)
      }
  })

  it('keeps the last good ones when the source fails', () => {
    const source = new Source(good)
    const { state, events } = setUp(source)
    source.failure = new Error('vault is sealed')
    source.rotate(good)
    expect(state.current.generation).toBe(1)
    expect(events).toEqual([{ result: 'rejected', generation: 1, error: source.failure }])
  })

  it('X33 reads PEM with CRLF, text around it and a byte order mark', () => {
    const odd = (pem: string): string => `\ufeff# comment\r\n${pem.replaceAll('\n', '\r\n')}junk`
    const { state } = setUp(
      new Source({ cert: odd(good.cert), key: odd(good.key), bundles: { 'td.a': odd(root.pem) } }),
    )
    expect(state.current.pem.cert).toBe(good.cert)
    expect(state.current.pem.key).toBe(good.key)
    expect(state.current.pem.ca).toBe(root.pem)
  })

  it('F35 tells that nothing rotates it, and is expired at its end', async () => {
    const start = Math.floor(Date.now() / 1000) * 1000
    const source = new Source(root.credentials(id, { notBeforeMs: start, notAfterMs: start + 60_000 }))
    const { state, clock, faults } = setUp(source, start)
    await clock.advance(29_999)
    expect(faults).toEqual([])
    await clock.advance(1)
    expect(faults).toHaveLength(1)
    await clock.advance(10_000)
    expect(faults).toHaveLength(2)
    await clock.advance(14_000)
    expect(faults).toHaveLength(3)
    await clock.advance(5_999)
    expect(state.expired).toBe(false)
    await clock.advance(1)
    expect(state.expired).toBe(true)
    expect(faults).toHaveLength(4)
    expect(faults[0]).toContain(id)
    expect(clock.pending).toBe(0)
  })

  it('F35 says nothing of a certificate that is rotated in time', async () => {
    const start = Math.floor(Date.now() / 1000) * 1000
    const source = new Source(root.credentials(id, { notBeforeMs: start, notAfterMs: start + 60_000 }))
    const { clock, faults } = setUp(source, start)
    await clock.advance(29_000)
    source.rotate(root.credentials(id, { notBeforeMs: start + 29_000, notAfterMs: start + 120_000 }))
    await clock.advance(31_000)
    expect(faults).toEqual([])
  })

  it('takes a new certificate that begins later once it begins', async () => {
    const start = Math.floor(Date.now() / 1000) * 1000
    const source = new Source(root.credentials(id, { notBeforeMs: start - 1000, notAfterMs: start + 60_000 }))
    const { state, clock, events } = setUp(source, start)
    source.rotate(root.credentials(id, { notBeforeMs: start + 5_000, notAfterMs: start + 120_000 }))
    expect(events).toEqual([{ result: 'rejected', generation: 1, error: expect.any(ConfigError) }])
    await clock.advance(4_999)
    expect(state.current.generation).toBe(1)
    await clock.advance(1)
    expect(state.current.generation).toBe(2)
    expect(state.current.notBeforeMs).toBe(start + 5_000)
    expect(events).toHaveLength(2)
  })

  it('waits for no beginning once the source has something else', async () => {
    const start = Math.floor(Date.now() / 1000) * 1000
    const source = new Source(good)
    const { state, clock, events } = setUp(source, start)
    const waiting = clock.pending
    source.rotate(root.credentials(id, { notBeforeMs: start + 40 * 86_400_000, notAfterMs: start + 90 * 86_400_000 }))
    expect(clock.pending).toBe(waiting + 1)
    source.rotate(good)
    expect(clock.pending).toBe(waiting)
    source.rotate(root.credentials(id, { notBeforeMs: start + 5_000 }))
    state.close()
    expect(clock.pending).toBe(0)
    expect(events.map(({ result }) => result)).toEqual(['rejected', 'rejected'])
  })

  it('keeps the roots as they were when a certificate alone is another', () => {
    const source = new Source(good)
    const { state } = setUp(source)
    const { bundles } = state.current
    source.rotate(root.credentials(id))
    expect(state.current.bundles).toBe(bundles)
    source.rotate({ ...source.credentials, bundles: { 'td.a': root.pem + Authority.root().pem } })
    expect(state.current.bundles).not.toBe(bundles)
  })

  it('lets everything go when closed', () => {
    const source = new Source(good)
    const { state, clock } = setUp(source)
    state.close()
    expect(source.listeners.size).toBe(0)
    expect(source.closed).toBe(true)
    expect(clock.pending).toBe(0)
  })
})
