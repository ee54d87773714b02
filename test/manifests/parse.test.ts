import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { ensureBuilt, root } from '../examples/build.js'
import { start } from '../examples/run.js'

beforeAll(ensureBuilt, 120_000)

const service = `apiVersion: v1\nkind: Service\nmetadata:\n  name: a\nspec:\n  ports:\n    - port: 80\n`

/** Runs as built, since the thread has a file of its own, and prints what it found. */
const program = `
  import { loadManifests } from ${JSON.stringify(join(root, 'dist/manifests/index.js'))}
  let threads = 0
  process.on('worker', () => threads++)
  const text = process.argv[1]
  const small = await loadManifests([{ name: 'small', text }])
  const threadsBefore = threads
  const long = text + '#'.padEnd(1_100_000, 'x') + '\\n---\\nkind: 7\\n'
  const large = await loadManifests([{ name: 'large', text: long }])
  const found = large.diagnostics.filter((one) => one.severity === 'error')
  console.log(JSON.stringify({ threadsBefore, threads, found, small: small.services, large: large.services }))
`

describe('a manifest file of more than a megabyte', () => {
  it('is parsed in a thread of its own, with the same result and the same places', { timeout: 60_000 }, async () => {
    const run = start(process.execPath, ['--input-type=module', '--eval', program, service], { cwd: root })
    const { code, output } = await run.end
    const { small, large, ...rest } = JSON.parse(output)
    expect(rest).toMatchObject({
      threadsBefore: 0,
      threads: 1,
      found: [
        { file: 'large', line: 10, code: 'not-a-resource' },
        { file: 'large', line: 10, code: 'wrong-type' },
      ],
    })
    expect(Object.keys(large)).toEqual(['a'])
    expect(Object.keys(small)).toEqual(['a'])
    expect(code).toBe(0)
  })
})
