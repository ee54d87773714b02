import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { selfTimes } from '../bench/harness/cpu-profile.js'

describe('CPU profile', () => {
  it('shares out the time that was not idle, by function, largest first', () => {
    const frame = (functionName: string, url: string) => ({ functionName, url, lineNumber: 9, columnNumber: 0 })
    const pick = 'file:///somewhere/dist/cluster/balancer.js'
    const core = 'file:///somewhere/node_modules/undici/lib/core.js'
    const profile = {
      nodes: [
        { id: 1, callFrame: frame('(idle)', '') },
        { id: 2, callFrame: frame('pick', pick) },
        { id: 3, callFrame: frame('', core) },
        { id: 4, callFrame: frame('pick', pick) },
      ],
      samples: [1, 2, 3, 4],
      timeDeltas: [500, 30, 25, 45],
    }
    expect(selfTimes(profile)).toEqual([
      { name: 'pick', place: 'dist/cluster/balancer.js:10', url: pick, share: 0.75 },
      { name: '(anonymous)', place: 'undici/lib/core.js:10', url: core, share: 0.25 },
    ])
  })

  it('tells places in the sources where a map leads there', () => {
    const folder = mkdtempSync(join(tmpdir(), 'profile-'))
    const file = join(folder, 'index.js')
    // Line 3, column 4 of the built file is line 8 of the source.
    const map = { version: 3, sources: ['../src/cluster/pick.ts'], names: [], mappings: ';;IAOA' }
    writeFileSync(`${file}.map`, JSON.stringify(map))
    const callFrame = { functionName: 'pick', url: pathToFileURL(file).href, lineNumber: 2, columnNumber: 4 }
    const profile = { nodes: [{ id: 1, callFrame }], samples: [1], timeDeltas: [10] }
    const { url } = callFrame
    expect(selfTimes(profile)).toEqual([{ name: 'pick', place: 'src/cluster/pick.ts:8', url, share: 1 }])
    rmSync(folder, { recursive: true })
  })
})
