import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ensureBuilt, root } from '../examples/build.js'
import { start } from '../examples/run.js'

let dir: string
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'built-'))
  await ensureBuilt()
}, 120_000)
afterAll(() => rmSync(dir, { recursive: true }))

const command = join(root, 'dist/cli/main.js')
const service = (name: string): string =>
  `apiVersion: v1\nkind: Service\nmetadata:\n  name: ${name}\nspec:\n  ports:\n    - port: 80\n`

describe('the command, as it is installed', () => {
  it('is a program of its own that prints to its output and ends with its status', { timeout: 30_000 }, async () => {
    writeFileSync(join(dir, 'a.yaml'), service('a'))
    const fine = await start(command, ['check', 'a.yaml'], { cwd: dir }).end
    expect([fine.code, fine.output]).toEqual([0, expect.stringContaining('0 errors')])
    const wrong = await start(command, ['check', 'none.yaml'], { cwd: dir }).end
    expect([wrong.code, wrong.output]).toEqual([1, expect.stringContaining('no-files')])
    const misused = await start(command, ['explian'], { cwd: dir }).end
    expect([misused.code, misused.output]).toEqual([2, expect.stringContaining('Did you mean "explain"?')])
  })
})
