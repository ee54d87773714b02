import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { MeshConfig } from '../../../src/config/config.js'
import { diagnosticsOf } from '../../../src/config/diagnostics.js'
import type { ConfigSource } from '../../../src/config/source.js'
import { watchManifests } from '../../../src/manifests/watch/watch.js'

let dir: string
let stops: (() => void)[]

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'manifests-'))
  stops = []
})
afterEach(() => {
  for (const stop of stops) stop()
  rmSync(dir, { recursive: true })
})

const endpoints = { reviews: [{ url: 'http://127.0.0.1:9080' }], ratings: [{ url: 'http://127.0.0.1:9081' }] }

/** A VirtualService whose timeout tells which version of it was read. */
function virtualService(host: string, seconds: number): string {
  return `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: ${host}
spec:
  hosts: [${host}]
  http:
    - timeout: ${seconds}s
      route:
        - destination:
            host: ${host}
`
}

/** The timeout of the first route of a service: the version that was read. */
function version(config: MeshConfig, host = 'reviews'): unknown {
  return config.services?.[host]?.routes?.[0]?.timeout
}

/** Follows a source; `next` resolves with the next config that it tells. */
class Follower {
  readonly told: MeshConfig[] = []
  readonly failures: unknown[] = []
  #wake: () => void = () => {}
  #seen = 0

  constructor(source: ConfigSource) {
    stops.push(
      source.subscribe(
        (config) => {
          this.told.push(config)
          this.#wake()
        },
        (reason) => this.failures.push(reason),
      ),
    )
  }

  async next(): Promise<MeshConfig> {
    for (;;) {
      const config = this.told[this.#seen]
      if (config !== undefined) {
        this.#seen++
        return config
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  /** Files may be seen in the middle of a change; what counts is where it ends. */
  async until(wanted: (config: MeshConfig) => boolean): Promise<MeshConfig> {
    for (;;) {
      const config = await this.next()
      if (wanted(config)) return config
    }
  }
}

async function follow(pattern = dir, pollInterval = '1m'): Promise<{ first: MeshConfig; follower: Follower }> {
  const source = watchManifests(pattern, { endpoints, pollInterval: pollInterval === '1m' ? '1m' : 100 })
  const follower = new Follower(source)
  return { first: await source.load(), follower }
}

const file = (name: string): string => join(dir, name)
const errorsOf = (config: MeshConfig): string[] =>
  diagnosticsOf(config)
    .filter((one) => one.severity === 'error')
    .map((one) => one.code)

describe('a file that changes', () => {
  it('is read again when it is written in place', async () => {
    writeFileSync(file('a.yaml'), virtualService('reviews', 1))
    const { first, follower } = await follow()
    expect(version(first)).toBe(1_000)
    writeFileSync(file('a.yaml'), virtualService('reviews', 2))
    expect(version(await follower.until((config) => version(config) === 2_000))).toBe(2_000)
    writeFileSync(file('a.yaml'), virtualService('reviews', 3))
    expect(version(await follower.next())).toBe(3_000)
  })

  it('is read again when it is renamed over, time after time', async () => {
    writeFileSync(file('a.yaml'), virtualService('reviews', 1))
    const { follower } = await follow()
    for (const seconds of [2, 3, 4]) {
      writeFileSync(file('.a.yaml.tmp'), virtualService('reviews', seconds))
      renameSync(file('.a.yaml.tmp'), file('a.yaml'))
      expect(version(await follower.next())).toBe(seconds * 1_000)
    }
  })

  it('is read again when Kubernetes swaps its ..data link', async () => {
    const place = (name: string, seconds: number): void => {
      mkdirSync(file(name))
      writeFileSync(join(file(name), 'mesh.yaml'), virtualService('reviews', seconds))
    }
    place('..2026_1', 1)
    symlinkSync('..2026_1', file('..data'))
    symlinkSync(join('..data', 'mesh.yaml'), file('mesh.yaml'))
    const { first, follower } = await follow()
    expect(version(first)).toBe(1_000)
    for (const seconds of [2, 3]) {
      place(`..2026_${seconds}`, seconds)
      symlinkSync(`..2026_${seconds}`, file('..data_tmp'))
      renameSync(file('..data_tmp'), file('..data'))
      expect(version(await follower.next())).toBe(seconds * 1_000)
      rmSync(file(`..2026_${seconds - 1}`), { recursive: true })
    }
  })

  it('is noticed by polling where no change is announced: the target of a link, in another directory', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'elsewhere-'))
    stops.push(() => rmSync(elsewhere, { recursive: true }))
    writeFileSync(join(elsewhere, 'real.yaml'), virtualService('reviews', 1))
    symlinkSync(join(elsewhere, 'real.yaml'), file('a.yaml'))
    const { follower } = await follow(dir, '100ms')
    writeFileSync(join(elsewhere, 'real.yaml'), virtualService('reviews', 2))
    expect(version(await follower.until((config) => version(config) === 2_000))).toBe(2_000)
  })

  it('with the same content is told to nobody', async () => {
    writeFileSync(file('a.yaml'), virtualService('reviews', 1))
    writeFileSync(file('b.yaml'), virtualService('ratings', 1))
    const { follower } = await follow(file('a.yaml'))
    const { follower: neighbour } = await follow(file('b.yaml'))
    // What happens in the directory makes both look, so that the neighbour tells when they have looked.
    for (const seconds of [2, 3, 4]) {
      writeFileSync(file('a.yaml'), virtualService('reviews', 1))
      writeFileSync(file('b.yaml'), virtualService('ratings', seconds))
      await neighbour.until((config) => version(config, 'ratings') === seconds * 1_000)
    }
    writeFileSync(file('a.yaml'), virtualService('reviews', 5))
    await follower.until((config) => version(config) === 5_000)
    expect(follower.told).toHaveLength(1)
  })
})

describe('files of a directory', () => {
  it('join and leave with their resources', async () => {
    writeFileSync(file('a.yaml'), virtualService('reviews', 1))
    const { follower } = await follow()
    writeFileSync(file('b.yaml'), virtualService('ratings', 2))
    expect(version(await follower.until((config) => version(config, 'ratings') !== undefined), 'ratings')).toBe(2_000)
    rmSync(file('b.yaml'))
    const without = await follower.next()
    expect(version(without, 'ratings')).toBeUndefined()
    expect(version(without)).toBe(1_000)
  })

  it('in a directory that cannot be read any more are an error, not gone', async () => {
    for (const name of ['a', 'b']) {
      mkdirSync(file(name))
      writeFileSync(join(file(name), 'one.yaml'), virtualService(name === 'a' ? 'reviews' : 'ratings', 1))
    }
    const { first, follower } = await follow(join(dir, '*', '*.yaml'))
    expect([errorsOf(first), version(first, 'ratings')]).toEqual([[], 1_000])
    rmSync(file('b'), { recursive: true })
    symlinkSync('b', file('b'))
    const next = await follower.until((config) => version(config, 'ratings') === undefined)
    expect(errorsOf(next)).toEqual(['unreadable-file'])
  })

  it('that are all gone are an error, not an empty config', async () => {
    writeFileSync(file('a.yaml'), virtualService('reviews', 1))
    const { follower } = await follow()
    rmSync(file('a.yaml'))
    expect(errorsOf(await follower.next())).toEqual(['no-files'])
    writeFileSync(file('a.yaml'), virtualService('reviews', 2))
    expect(version(await follower.until((config) => errorsOf(config).length === 0))).toBe(2_000)
  })

  it('match a pattern in directories that come later', async () => {
    mkdirSync(file('one'))
    writeFileSync(join(file('one'), 'a.yaml'), virtualService('reviews', 1))
    const { follower } = await follow(`${dir}/*/*.yaml`)
    mkdirSync(file('.two'))
    writeFileSync(join(file('.two'), 'b.yaml'), virtualService('ratings', 2))
    renameSync(file('.two'), file('two'))
    expect(version(await follower.next(), 'ratings')).toBe(2_000)
  })
})

describe('a bad file', () => {
  it.each([
    ['is empty', ''],
    ['ends in the middle of a document', virtualService('reviews', 2).slice(0, -30)],
    ['is no YAML', 'a: [\n'],
    ['has an unknown field', virtualService('reviews', 2).replace('timeout', 'timeuot')],
  ])('that %s is told with its errors, for whoever serves it to refuse', async (_what, text) => {
    writeFileSync(file('a.yaml'), virtualService('reviews', 1))
    const { follower } = await follow()
    writeFileSync(file('.new'), text)
    renameSync(file('.new'), file('a.yaml'))
    const bad = await follower.next()
    expect(diagnosticsOf(bad)[0]).toMatchObject({ severity: 'error', file: file('a.yaml') })
    writeFileSync(file('.new'), virtualService('reviews', 3))
    renameSync(file('.new'), file('a.yaml'))
    const good = await follower.next()
    expect([errorsOf(good), version(good)]).toEqual([[], 3_000])
  })

  it('that is truncated is an error', async () => {
    writeFileSync(file('a.yaml'), virtualService('reviews', 1))
    const { follower } = await follow()
    truncateSync(file('a.yaml'))
    expect(errorsOf(await follower.next())).toEqual(['empty-file'])
  })
})

describe('the options', () => {
  it('are checked at once', () => {
    expect(() => watchManifests(dir, { pollInterval: 5 })).toThrow('pollInterval')
    expect(() => watchManifests(dir, Object.assign({ namspace: 'x' }))).toThrow('namespace')
  })
})
