import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { developmentIdentity } from '../../src/identity/development.js'
import { IdentityState } from '../../src/identity/identity-state.js'
import { verifyChain } from '../../src/identity/peer.js'
import { fakeClock } from '../../src/testing/fake-clock.js'

/** What another process does just before this one puts its CA into place. */
const race = vi.hoisted((): { beforeLink: (() => void) | undefined } => ({ beforeLink: undefined }))
vi.mock('node:fs', async (importOriginal) => {
  const fs = await importOriginal<typeof import('node:fs')>()
  const linkSync: typeof fs.linkSync = (from, to) => {
    const { beforeLink } = race
    race.beforeLink = undefined
    beforeLink?.()
    fs.linkSync(from, to)
  }
  return { ...fs, linkSync }
})

let home: string
let dir: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'development-'))
  dir = join(home, 'ca')
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(home, { recursive: true })
})

describe('a development identity', () => {
  it('is an X.509-SVID that its own bundle accepts', () => {
    const { current } = new IdentityState(developmentIdentity({ trustDomain: 'dev.local', service: 'web', dir }))
    expect(current.id.uri).toBe('spiffe://dev.local/ns/default/sa/web')
    expect(verifyChain([current.certificate], current.bundles, Date.now()).principal).toBe(
      'dev.local/ns/default/sa/web',
    )
    expect(current.certificate.subjectAltName).toContain('DNS:localhost, DNS:web, IP Address:127.0.0.1')
  })

  it('carries the namespace that is asked for', () => {
    const source = developmentIdentity({ trustDomain: 'dev.local', service: 'web', namespace: 'shop', dir })
    expect(new IdentityState(source).current.id.path).toBe('/ns/shop/sa/web')
  })

  it("is valid on a test's fake clock too", () => {
    const source = developmentIdentity({ trustDomain: 'dev.local', service: 'web', dir })
    expect(new IdentityState(source, { clock: fakeClock() }).expired).toBe(false)
  })

  it('shares the CA of its trust domain, and no other', () => {
    const roots = (trustDomain: string, service: string): string[] =>
      Object.values(developmentIdentity({ trustDomain, service, dir }).current().bundles)
    expect(roots('dev.local', 'web')).toEqual(roots('dev.local', 'api'))
    expect(roots('dev.local', 'web')).not.toEqual(roots('other.local', 'web'))
  })

  it('keeps its CA from other users, in a directory and a file of its own', () => {
    developmentIdentity({ trustDomain: 'dev.local', service: 'web', dir })
    expect(statSync(dir).mode & 0o777).toBe(0o700)
    expect(readdirSync(dir)).toEqual(['ca-dev.local.pem'])
    expect(statSync(join(dir, 'ca-dev.local.pem')).mode & 0o777).toBe(0o600)
  })

  it('refuses a directory that is open to others, a link, and a damaged CA', () => {
    const make = (at: string) => () => developmentIdentity({ trustDomain: 'dev.local', service: 'web', dir: at })
    make(dir)()
    symlinkSync(dir, join(home, 'link'))
    expect(make(join(home, 'link'))).toThrow('not a directory')
    chmodSync(dir, 0o755)
    expect(make(dir)).toThrow('open to other users')
    chmodSync(dir, 0o700)
    truncateSync(join(dir, 'ca-dev.local.pem'), 100)
    expect(make(dir)).toThrow('damaged')
  })

  it('shares one CA with a process that was quicker by a hair', () => {
    const make = (): string | undefined =>
      developmentIdentity({ trustDomain: 'dev.local', service: 'web', dir }).current().bundles['dev.local']
    let winner: string | undefined
    race.beforeLink = () => {
      winner = make()
    }
    expect(make()).toBe(winner)
    expect(winner).toBeDefined()
    expect(readdirSync(dir)).toEqual(['ca-dev.local.pem'])
  })

  it('is refused in production', () => {
    vi.stubEnv('NODE_ENV', 'production')
    expect(() => developmentIdentity({ trustDomain: 'dev.local', service: 'web', dir })).toThrow(
      expect.objectContaining({ code: 'ERR_MESH_CONFIG', message: expect.stringContaining('fileIdentity') }),
    )
  })

  it.each([
    ['trustDomain', { trustDomain: 'Dev/Local', service: 'web' }],
    ['trustDomain', { trustDomain: '../x', service: 'web' }],
    ['service', { trustDomain: 'dev.local', service: 'a/b' }],
    ['service', { trustDomain: 'dev.local', service: '..' }],
    ['namespace', { trustDomain: 'dev.local', service: 'web', namespace: 'a b' }],
  ])('refuses a %s that no SPIFFE ID can have', (name, options) => {
    expect(() => developmentIdentity({ ...options, dir })).toThrow(`identity.${name}`)
  })

  it('is there in no time, the CA made before', () => {
    developmentIdentity({ trustDomain: 'dev.local', service: 'web', dir })
    const start = performance.now()
    for (let i = 0; i < 10; i++) developmentIdentity({ trustDomain: 'dev.local', service: 'web', dir })
    expect((performance.now() - start) / 10).toBeLessThan(20)
  })
})
