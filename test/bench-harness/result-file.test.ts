import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readReports, resultFile, resultsFolder } from '../bench/harness/result-file.js'

describe('the file of a result', () => {
  it('is one for each major of Node', () => {
    const files = ['v20.19.0', 'v20.20.2', 'v24.11.1'].map((node) =>
      relative(resultsFolder, resultFile('client', node)),
    )
    expect(files).toEqual(['client.json', 'client.json', join('node-24', 'client.json')])
  })
})

describe('the results of a suite', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'results-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  function write(path: string, node: string, quick = false): void {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), JSON.stringify({ machine: { node }, settings: { quick } }))
  }
  const nodes = (suite: string) => {
    const { oldest, others } = readReports(folder, suite)
    return [oldest, ...others].map((report) => report?.machine.node ?? null)
  }

  it('are those of all Nodes, the oldest apart', () => {
    write('node-24/client.json', 'v24.11.1')
    write('client.json', 'v20.20.2')
    write('node-9/client.json', 'v9.0.0')
    write('node-24/server.json', 'v24.11.1')
    expect(nodes('client')).toEqual(['v20.20.2', 'v9.0.0', 'v24.11.1'])
    expect(nodes('server')).toEqual([null, 'v24.11.1'])
  })

  it('are none of quick runs', () => {
    write('client.json', 'v20.20.2', true)
    write('node-24/client.json', 'v24.11.1', true)
    expect(nodes('client')).toEqual([null])
  })

  it('may be none', () => {
    expect(readReports(join(folder, 'none'), 'client')).toEqual({ oldest: null, others: [] })
  })
})
