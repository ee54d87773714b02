import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findTool, freePorts, startTool } from '../bench/harness/tool-process.js'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tool-process-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function refuses(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(false)).once('error', () => resolve(true))
  })
}

describe('a foreign program', () => {
  it('is found with its version, or not at all', () => {
    const node = { program: process.execPath, versionFlag: '--version', version: /v(\d+)\./ }
    expect(findTool(node)?.version).toBe(process.versions.node.split('.')[0])
    expect(findTool({ ...node, program: 'no-such-program-is-installed' })).toBeNull()
  })

  it('is ready once it listens, and gone once it is stopped', async () => {
    const [port = 0] = await freePorts(1)
    const config = `require('node:net').createServer().listen(${port}, '127.0.0.1')`
    const tool = startTool(process.execPath, { config, args: (file) => [file], folder, port })
    await tool.ready
    expect(await refuses(port)).toBe(false)
    await tool.stop()
    expect(await refuses(port)).toBe(true)
  })

  it('that ends before it listens tells why', async () => {
    const [port = 0] = await freePorts(1)
    const config = `console.error('no such directive'); process.exit(1)`
    const tool = startTool(process.execPath, { config, args: (file) => [file], folder, port })
    await expect(tool.ready).rejects.toThrow('no such directive')
    await tool.stop()
  })
})
