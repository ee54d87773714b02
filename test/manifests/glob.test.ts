import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expandGlob } from '../../src/manifests/glob.js'
import { loadManifests } from '../../src/manifests/index.js'
import { found } from './load-text.js'

const before = process.cwd()
let root = ''

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'manifests-'))
  const files = [
    'a.yaml',
    'b.yml',
    'c.json',
    'notes.md',
    '.hidden.yaml',
    'x/d.yaml',
    'x/y/e.yaml',
    'x/y/f1.yaml',
    '.git/g.yaml',
  ]
  for (const file of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), '')
  }
  writeFileSync(join(root, 'latin1.yaml'), Buffer.from([0x61, 0x3a, 0xe9]))
  process.chdir(root)
})
afterAll(() => {
  process.chdir(before)
  rmSync(root, { recursive: true })
})

describe('expandGlob', () => {
  it.each([
    ['a.yaml', ['a.yaml']],
    ['./a.yaml', ['a.yaml']],
    ['*.yaml', ['a.yaml', 'latin1.yaml']],
    ['?.y*ml', ['a.yaml', 'b.yml']],
    ['.', ['a.yaml', 'b.yml', 'c.json', 'latin1.yaml']],
    ['x', ['x/d.yaml']],
    ['x/', ['x/d.yaml']],
    ['*/d.yaml', ['x/d.yaml']],
    ['**/*.yaml', ['a.yaml', 'latin1.yaml', 'x/d.yaml', 'x/y/e.yaml', 'x/y/f1.yaml']],
    ['x/**/f?.yaml', ['x/y/f1.yaml']],
    ['**/y', ['x/y/e.yaml', 'x/y/f1.yaml']],
    ['missing/*.yaml', []],
    ['a?yaml', ['a.yaml']],
    ['[a].yaml', []],
  ])('%s is %j', async (pattern, files) => {
    expect(await expandGlob(pattern)).toEqual(files)
  })

  it('leaves absolute patterns absolute', async () => {
    expect(await expandGlob(`${root}/x/*.yaml`)).toEqual([join(root, 'x/d.yaml')])
  })
})

describe('a source', () => {
  it('that names no file is an error: an empty config would allow too much', async () => {
    expect(found(await loadManifests('missing/*.yaml'))).toEqual(['missing/*.yaml:1:1 error no-files'])
  })

  it('that is not UTF-8 is an error', async () => {
    expect(found(await loadManifests('latin1.yaml'))).toEqual(['latin1.yaml:1:1 error unreadable-file'])
  })

  it('that is named twice is read once', async () => {
    expect(found(await loadManifests(['a.yaml', '?.yaml']))).toEqual(['a.yaml:1:1 error empty-file'])
  })
})
