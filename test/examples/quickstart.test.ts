import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { ensureBuilt, root } from './build.js'
import { groupIsAlive, type Running, start } from './run.js'

beforeAll(ensureBuilt, 120_000)

let folder: string
let identities: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sidecarless-test-'))
  identities = join(folder, 'identities')
  mkdirSync(identities)
})
afterEach(() => rmSync(folder, { recursive: true }))

function quickstart(...args: string[]): Running {
  const env = { TMPDIR: identities }
  return start(process.execPath, ['examples/quickstart/main.js', ...args], { cwd: root, env })
}

function expectNothingLeft(pid: number): void {
  expect(groupIsAlive(pid)).toBe(false)
  expect(readdirSync(identities)).toEqual([])
}

function withManifests(edit: (text: string) => string): string {
  const copy = join(folder, 'manifests')
  cpSync(join(root, 'examples/quickstart/manifests'), copy, { recursive: true })
  const file = join(copy, 'mesh.yaml')
  writeFileSync(file, edit(readFileSync(file, 'utf8')))
  return copy
}

describe('the quick start', () => {
  it('shows every claim, exits 0 within 30 s and leaves nothing behind', { timeout: 60_000 }, async () => {
    const before = performance.now()
    const { pid, end } = quickstart()
    const { code, output } = await end
    expect(output).not.toContain('✗')
    for (const claim of [
      /1,000 calls in [\d.]+ s, all answered 200/,
      /\d+ went to v1, \d+ to v2/,
      /x-canary: true took 50 of 50 calls to v2/,
      /v1-1 answered 503 to 1 call/,
      /the client got 200, from v\d-\d/,
      /after 6 failures the breaker opened/,
      /healed: open, half-open, closed/,
      /ejected after 5 failures in a row/,
      /healed: it returned after [\d.]+ s/,
      /no token: 401/,
      /20 passed/,
      /then 429 .*API rate limit exceeded/,
      /plain HTTP: ECONNRESET/,
    ])
      expect(output).toMatch(claim)
    expect(code).toBe(0)
    expect(performance.now() - before).toBeLessThan(30_000)
    expectNothingLeft(pid)
  })

  it('exits 1 when a claim is false, and leaves nothing behind', { timeout: 60_000 }, async () => {
    const half = withManifests((text) => text.replace('weight: 90', 'weight: 50').replace('weight: 10', 'weight: 50'))
    const { pid, end } = quickstart(half)
    const { code, output } = await end
    expect(output).toMatch(/✗ \d+ went to v1, \d+ to v2/)
    expect(code).toBe(1)
    expectNothingLeft(pid)
  })

  it('exits 1 and says why when the edge refuses the manifests', { timeout: 60_000 }, async () => {
    const misspelt = withManifests((text) => text.replace('consecutive5xxErrors', 'consecutive5xxError'))
    const { pid, end } = quickstart(misspelt)
    const { code, output } = await end
    expect(output).toMatch(/mesh\.yaml:\d+.*consecutive5xxErrors/)
    expect(code).toBe(1)
    expectNothingLeft(pid)
  })

  it('leaves nothing behind when Ctrl-C ends it half-way', { timeout: 60_000 }, async () => {
    const { pid, end, says } = quickstart()
    await says('1. ')
    process.kill(-pid, 'SIGINT')
    const { code } = await end
    expect(code).toBe(130)
    await vi.waitFor(() => expectNothingLeft(pid), { timeout: 5_000 })
  })

  it('leaves no process behind when it is killed', { timeout: 60_000 }, async () => {
    const { pid, end, says } = quickstart()
    await says('1. ')
    process.kill(pid, 'SIGKILL')
    await end
    await vi.waitFor(() => expect(groupIsAlive(pid)).toBe(false), { timeout: 5_000 })
  })
})
