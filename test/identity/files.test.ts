import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { systemClock } from '../../src/core/clock.js'
import type { MeshEvents } from '../../src/core/events.js'
import { Observer } from '../../src/core/observer.js'
import { fileIdentity } from '../../src/identity/files.js'
import { IdentityState } from '../../src/identity/identity-state.js'
import { fakeClock } from '../../src/testing/fake-clock.js'
import { Authority, type Issued } from './authority.js'

const root = Authority.root()
const id = 'spiffe://td.a/ns/shop/sa/web'
let dir: string
let states: IdentityState[]

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'identity-'))
  states = []
})
afterEach(() => {
  for (const state of states) state.close()
  rmSync(dir, { recursive: true })
})

const files = (at = dir) => ({ cert: join(at, 'tls.crt'), key: join(at, 'tls.key'), ca: join(at, 'ca.crt') })

function write(leaf: Issued, at = dir): void {
  mkdirSync(at, { recursive: true })
  const { cert, key, ca } = files(at)
  writeFileSync(ca, root.pem)
  writeFileSync(cert, leaf.cert)
  writeFileSync(key, leaf.key)
}

function follow(options: Partial<Parameters<typeof fileIdentity>[0]> = {}) {
  const observer = new Observer()
  const events: MeshEvents['identity'][] = []
  observer.on('identity', (event) => events.push(event))
  const state = new IdentityState(fileIdentity({ ...files(), ...options }), { observer })
  states.push(state)
  return { state, events }
}

const fingerprint = (state: IdentityState): string => state.current.certificate.fingerprint256

/** F100: a change is seen within a second. */
async function becomes(state: IdentityState, leaf: Issued): Promise<void> {
  await vi.waitFor(() => expect(fingerprint(state)).toBe(leaf.certificate.fingerprint256), {
    timeout: 1000,
    interval: 10,
  })
}

describe('an identity from files', () => {
  it('puts the roots under the trust domain that the certificate names', () => {
    write(root.leaf(id))
    expect(Object.keys(fileIdentity(files()).current().bundles)).toEqual(['td.a'])
  })

  it('takes roots of several trust domains from several files', () => {
    write(root.leaf(id))
    const foreign = join(dir, 'td.b.crt')
    writeFileSync(foreign, Authority.root().pem)
    const { bundles } = fileIdentity({ ...files(), ca: { 'td.a': files().ca, 'td.b': foreign } }).current()
    expect(Object.keys(bundles)).toEqual(['td.a', 'td.b'])
  })

  it.each(['cert', 'key', 'ca'] as const)('names the file when there is no %s at the start', (which) => {
    write(root.leaf(id))
    rmSync(files()[which])
    expect(() => fileIdentity(files())).toThrow(
      expect.objectContaining({ code: 'ERR_MESH_CONFIG', message: expect.stringContaining(files()[which]) }),
    )
  })

  it.each(['cert', 'key', 'ca'] as const)('names the file when the %s is empty at the start', (which) => {
    write(root.leaf(id))
    truncateSync(files()[which])
    expect(() => fileIdentity(files())).toThrow(
      expect.objectContaining({ code: 'ERR_MESH_CONFIG', message: expect.stringContaining(files()[which]) }),
    )
  })

  it('names the key file when the pair does not match at the start', () => {
    write(root.leaf(id))
    writeFileSync(files().key, root.leaf(id).key)
    expect(() => fileIdentity(files())).toThrow(files().key)
  })

  it('refuses an option that it does not know', () => {
    write(root.leaf(id))
    expect(() => fileIdentity(Object.assign({ crt: 'x' }, files()))).toThrow('identity.crt')
  })
})

describe('files that change', () => {
  it('are followed when written in place', async () => {
    write(root.leaf(id))
    const { state } = follow()
    const next = root.leaf(id)
    write(next)
    await becomes(state, next)
    const last = root.leaf(id)
    write(last)
    await becomes(state, last)
  })

  it('are followed when renamed over', async () => {
    write(root.leaf(id))
    const { state, events } = follow()
    for (let round = 0; round < 3; round++) {
      const next = root.leaf(id)
      write(next, join(dir, 'new'))
      renameSync(join(dir, 'new', 'tls.key'), files().key)
      renameSync(join(dir, 'new', 'tls.crt'), files().cert)
      await becomes(state, next)
    }
    expect(events.at(-1)).toMatchObject({ result: 'rotated' })
  })

  it('are followed through the ..data link of Kubernetes, swap after swap', async () => {
    write(root.leaf(id), join(dir, '..2026_1'))
    symlinkSync('..2026_1', join(dir, '..data'))
    for (const name of ['tls.crt', 'tls.key', 'ca.crt']) symlinkSync(join('..data', name), join(dir, name))
    const { state, events } = follow()
    for (const version of ['..2026_2', '..2026_3']) {
      const next = root.leaf(id)
      write(next, join(dir, version))
      symlinkSync(version, join(dir, '..data_tmp'))
      renameSync(join(dir, '..data_tmp'), join(dir, '..data'))
      await becomes(state, next)
    }
    expect(events).toEqual([
      { result: 'rotated', generation: 2 },
      { result: 'rotated', generation: 3 },
    ])
  })

  it.each<[string, (next: Issued) => void]>([
    ['mismatched', (next) => writeFileSync(files().cert, next.cert)],
    ['torn', (next) => writeFileSync(files().cert, next.cert.slice(0, 200))],
    ['empty', () => truncateSync(files().key)],
    ['gone', () => rmSync(files().cert)],
  ])('F43 keep the last good pair when they are %s, report it once, and recover', async (_fact, breakFiles) => {
    const first = root.leaf(id)
    write(first)
    const { state, events } = follow({ pollInterval: 100 })
    const next = root.leaf(id)
    breakFiles(next)
    await vi.waitFor(() => expect(events).toHaveLength(1), { timeout: 1000, interval: 10 })
    expect(events[0]).toMatchObject({ result: 'rejected', generation: 1, error: { code: 'ERR_MESH_CONFIG' } })
    expect(fingerprint(state)).toBe(first.certificate.fingerprint256)
    write(next)
    await becomes(state, next)
    expect(events.filter(({ result }) => result === 'rejected').length).toBeLessThanOrEqual(2)
  })

  it('F101 are read in batches, however often they change', async () => {
    write(root.leaf(id))
    const source = fileIdentity(files())
    let told = 0
    const unsubscribe = source.subscribe(() => told++)
    const leaves = Array.from({ length: 100 }, () => root.leaf(id))
    for (const leaf of leaves) {
      write(leaf)
      await new Promise((resolve) => setImmediate(resolve))
    }
    await vi.waitFor(() => expect(source.current().cert).toBe(leaves.at(-1)?.cert), { timeout: 1000 })
    unsubscribe()
    expect(told).toBeLessThan(30)
  })

  it('are found by polling where nothing is announced', async () => {
    const real = join(dir, 'v1')
    write(root.leaf(id), real)
    symlinkSync('v1', join(dir, 'current'))
    const clock = fakeClock()
    const source = fileIdentity({ ...files(join(dir, 'current')), clock, pollInterval: '10s' })
    let told = 0
    const unsubscribe = source.subscribe(() => told++)
    await clock.advance(1000)
    const next = root.leaf(id)
    write(next, join(dir, 'v2'))
    symlinkSync('v2', join(dir, 'tmp'))
    renameSync(join(dir, 'tmp'), join(dir, 'current'))
    await clock.advance(8_000)
    expect(told).toBe(0)
    await clock.advance(1_000)
    expect(told).toBe(1)
    expect(source.current().cert).toBe(next.cert)
    // From then on the directory that took the place of the first is watched.
    const timers = clock.pending
    write(root.leaf(id), join(dir, 'v2'))
    await vi.waitFor(() => expect(clock.pending).toBe(timers + 1), { timeout: 1000, interval: 10 })
    unsubscribe()
    expect(clock.pending).toBe(0)
  })

  it('take effect when their certificate begins, if that is later', async () => {
    const start = Math.floor(Date.now() / 1000) * 1000
    write(root.leaf(id))
    const clock = fakeClock({ wallMs: start })
    const state = new IdentityState(fileIdentity({ ...files(), clock }), { clock })
    states.push(state)
    const next = root.leaf(id, { notBeforeMs: start + 5_000 })
    write(next)
    await clock.advance(4_000)
    expect(state.current.generation).toBe(1)
    await clock.advance(1_000)
    expect(state.current.generation).toBe(2)
    expect(fingerprint(state)).toBe(next.certificate.fingerprint256)
  })

  it('are not followed with watch: false', () => {
    write(root.leaf(id))
    const clock = fakeClock()
    fileIdentity({ ...files(), watch: false, clock }).subscribe(() => {})
    expect(clock.pending).toBe(0)
  })

  it('hold no handle once nobody listens', async () => {
    write(root.leaf(id))
    const handles = (): number => process.getActiveResourcesInfo().filter((name) => name === 'FSEventWrap').length
    const before = handles()
    const source = fileIdentity({ ...files(), clock: systemClock })
    const stops = [source.subscribe(() => {}), source.subscribe(() => {})]
    for (const stop of stops) stop()
    await new Promise((resolve) => setImmediate(resolve))
    expect(handles()).toBe(before)
  })
})
