import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { ensureBuilt, root } from './build.js'
import { groupIsAlive, type Running, runToEnd } from './run.js'

beforeAll(ensureBuilt, 120_000)

function quickstart(...args: string[]): Running {
  return runToEnd(process.execPath, ['examples/quickstart/main.js', ...args], { cwd: root })
}

function withManifests(edit: (text: string) => string): string {
  const folder = mkdtempSync(join(tmpdir(), 'sidecarless-manifests-'))
  cpSync(join(root, 'examples/quickstart/manifests'), folder, { recursive: true })
  const file = join(folder, 'mesh.yaml')
  writeFileSync(file, edit(readFileSync(file, 'utf8')))
  return folder
}

describe('the quick start', () => {
  it('shows every claim, exits 0 within 30 s and leaves no process behind', { timeout: 60_000 }, async () => {
    const start = performance.now()
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
    expect(performance.now() - start).toBeLessThan(30_000)
    expect(groupIsAlive(pid)).toBe(false)
  })

  it('exits 1 when a claim is false, and leaves no process behind', { timeout: 60_000 }, async () => {
    const folder = withManifests((text) => text.replace('weight: 90', 'weight: 50').replace('weight: 10', 'weight: 50'))
    try {
      const { pid, end } = quickstart(folder)
      const { code, output } = await end
      expect(output).toMatch(/✗ \d+ went to v1, \d+ to v2/)
      expect(code).toBe(1)
      expect(groupIsAlive(pid)).toBe(false)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('exits 1 and says why when the edge refuses the manifests', { timeout: 60_000 }, async () => {
    const folder = withManifests((text) => text.replace('consecutive5xxErrors', 'consecutive5xxError'))
    try {
      const { pid, end } = quickstart(folder)
      const { code, output } = await end
      expect(output).toMatch(/mesh\.yaml:\d+.*consecutive5xxErrors/)
      expect(code).toBe(1)
      expect(groupIsAlive(pid)).toBe(false)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  for (const signal of ['SIGINT', 'SIGKILL'] as const)
    it(`leaves no process behind when ${signal} ends it half-way`, { timeout: 60_000 }, async () => {
      const { pid, end, says } = quickstart()
      await says('2. ')
      process.kill(pid, signal)
      await end
      await vi.waitFor(() => expect(groupIsAlive(pid)).toBe(false), { timeout: 5_000 })
    })
})
