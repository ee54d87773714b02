import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { describeCommit } from '../bench/harness/commit.js'

describe('the commit that is measured', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'commit-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  function git(...args: string[]): string {
    const name = ['-c', 'user.name=somebody', '-c', 'user.email=somebody@example.com']
    return execFileSync('git', [...name, ...args], { cwd: folder, encoding: 'utf8' }).trim()
  }

  it('is a short hash, marked when what is measured has changed since', () => {
    git('init', '--quiet')
    git('commit', '--quiet', '--allow-empty', '--message', 'first')
    const hash = git('rev-parse', '--short', 'HEAD')
    writeFileSync(join(folder, 'README.md'), 'changed')
    expect(describeCommit(folder)).toBe(hash)
    mkdirSync(join(folder, 'src'))
    writeFileSync(join(folder, 'src/index.ts'), 'changed')
    expect(describeCommit(folder)).toBe(`${hash}+`)
  })

  it('is not known without a repository', () => {
    expect(describeCommit(folder)).toBeNull()
  })
})
