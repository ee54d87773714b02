import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { createMesh } from '../../src/index.js'
import { outcome } from './outcomes.js'
import { type ApiMesh, closing, endpointsOf, expectNothingLeaks } from './scaffold.js'

expectNothingLeaks()

const children: ChildProcess[] = []
afterEach(async () => {
  for (const child of children.splice(0)) {
    const closed = once(child, 'close')
    child.kill('SIGKILL')
    await closed
  }
})

/** A server in a process with descriptors of its own. */
async function elsewhere(): Promise<string> {
  const script = `
    const server = require('node:http').createServer((request, reply) => setTimeout(() => reply.end('ok'), 100))
    server.listen(0, '127.0.0.1', () => console.log(server.address().port))`
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  const [line] = await once(child.stdout, 'data')
  return `http://127.0.0.1:${String(line).trim()}`
}

/** Leaves this process `more` descriptors; what it returns takes that back, and needs no descriptor to do it. */
async function limitDescriptors(more: number): Promise<() => Promise<void>> {
  const set = (soft: string): string => `prlimit --pid ${process.pid} --nofile=${soft}: && echo done`
  const before = spawnSync('sh', ['-c', 'ulimit -Sn'], { encoding: 'utf8' }).stdout.trim()
  const soft = readdirSync('/proc/self/fd').length + more
  const script = `${set(String(soft))}; read line; ${set(before)}; read line`
  const shell = spawn('sh', ['-c', script], { stdio: ['pipe', 'pipe', 'inherit'] })
  children.push(shell)
  await once(shell.stdout, 'data')
  return async function restore() {
    const done = once(shell.stdout, 'data')
    shell.stdin.write('\n')
    await done
  }
}

const hasPrlimit = spawnSync('sh', ['-c', 'command -v prlimit']).status === 0

describe.runIf(hasPrlimit)('F25 this process has no descriptors left', () => {
  it('calls beyond them fail here, no endpoint is blamed, and all is well when there are some again', async () => {
    const api = {
      endpoints: [{ url: await elsewhere() }],
      retry: { attempts: 2 },
      outlierDetection: { consecutive5xxErrors: 1, maxEjectionPercent: 100 },
      circuitBreaker: { volumeThreshold: 1 },
    }
    const mesh: ApiMesh = closing(createMesh<{ api: never }>({ service: 'test', config: { services: { api } } }))
    expect(await outcome(mesh)).toBe(200)
    const restore = await limitDescriptors(10)
    const errors: unknown[] = []
    let good = 0
    const calls = Array.from({ length: 40 }, async () => {
      try {
        const reply = await mesh.request({ service: 'api' })
        await reply.body.bytes()
        good++
      } catch (error) {
        errors.push(error)
      }
    })
    await Promise.all(calls)
    await restore()
    expect(good).toBeGreaterThan(2)
    expect(errors.length).toBeGreaterThan(10)
    for (const error of errors)
      expect(error).toMatchObject({ code: 'ERR_MESH_CONNECT', origin: 'local', attempts: 1, cause: { code: 'EMFILE' } })
    expect(endpointsOf(mesh)).toMatchObject([{ ejected: false, active: 0 }])
    expect(mesh.breakers()).toMatchObject([{ state: 'closed' }])
    expect(await Promise.all(Array.from({ length: 40 }, () => outcome(mesh)))).toEqual(new Array(40).fill(200))
  })
})
