import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createMesh } from '../../src/index.js'
import { type FakeClock, fakeClock } from '../../src/testing/index.js'
import { outcome, outcomes } from './outcomes.js'
import { type ApiMesh, closing, endpointsOf, expectNothingLeaks, meshTo, serving } from './scaffold.js'

expectNothingLeaks()

/** Listens and then sleeps: the system takes as many connections as the backlog holds, and drops what comes after them. */
const script = `
const server = require('node:net').createServer()
server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
  require('node:fs').writeSync(1, String(server.address().port))
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
})`

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

/** A port of which nobody accepts connections. */
async function blackHole(): Promise<number> {
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'close')
  cleanups.push(() => {
    child.kill('SIGKILL')
    return exited
  })
  const [chunk] = await once(child.stdout, 'data')
  const port = Number(String(chunk))
  for (let full = false; !full; ) {
    const socket: Socket = connect(port, '127.0.0.1').on('error', () => {})
    cleanups.unshift(async () => socket.destroy())
    full = await Promise.race([
      once(socket, 'connect').then(() => false),
      new Promise<boolean>((resolve) => setTimeout(() => resolve(true), 200)),
    ])
  }
  return port
}

describe('F02 nobody takes the connection', () => {
  function towards(ports: readonly number[], more: object, clock?: FakeClock): ApiMesh {
    const endpoints = ports.map((port) => ({ url: `http://127.0.0.1:${port}` }))
    const config = { services: { api: { endpoints, connectTimeout: 200, ...more } } }
    return closing(createMesh<{ api: never }>({ service: 'test', ...(clock && { clock }), config }))
  }

  it('is ERR_MESH_CONNECT_TIMEOUT, 50 ms after the connect timeout at the latest', async () => {
    const clock = fakeClock()
    const failed = towards([await blackHole()], {}, clock)
      .request({ service: 'api' })
      .catch((error: unknown) => error)
    await clock.advance(199)
    expect(await Promise.race([failed, 'nothing yet'])).toBe('nothing yet')
    await clock.advance(51)
    expect(await failed).toMatchObject({ code: 'ERR_MESH_CONNECT_TIMEOUT', status: 503, flag: 'UF' })
  })

  it.each(['GET', 'POST'])('a %s is tried again elsewhere: nothing was sent', async (method) => {
    const server = await serving()
    const mesh = towards([await blackHole(), server.port], {
      loadBalancer: 'round-robin',
      retry: { attempts: 1 },
    })
    expect(await outcomes(mesh, 4, { method })).toEqual({ 200: 4 })
    expect(server.requests).toHaveLength(4)
  })

  it('a deadline that comes first ends it, in the phase "connect"', async () => {
    const clock = fakeClock()
    const failed = towards([await blackHole()], { timeout: 100 }, clock)
      .request({ service: 'api' })
      .catch((error: unknown) => error)
    await clock.advance(125)
    expect(await failed).toMatchObject({ code: 'ERR_MESH_TIMEOUT', phase: 'connect' })
  })
})

describe('F04 calls wait for a connection that hangs', () => {
  it.each([
    ['the pool', {}],
    ['a limit', { maxPendingRequests: 10 }],
  ])('each ends at its own deadline, wherever it waits (%s)', async (_name, more) => {
    const clock = fakeClock()
    const server = await serving({ hang: 'headers' })
    const mesh = meshTo([server], { limits: { maxConnections: 1, ...more } }, { clock })
    const ended: [number, number][] = []
    const calls = [300, 500, 400].map((timeout) =>
      outcome(mesh, { timeout }).then((code) => {
        expect(code).toBe('ERR_MESH_TIMEOUT')
        ended.push([timeout, clock.now() - 1_000])
      }),
    )
    await expect.poll(() => server.requests.length).toBe(1)
    for (let ms = 0; ms < 600; ms += 5) await clock.advance(5)
    await Promise.all(calls)
    expect(ended.map(([timeout]) => timeout)).toEqual([300, 400, 500])
    for (const [timeout, at] of ended) expect(at).toBeLessThanOrEqual(timeout + 25)
    expect(endpointsOf(mesh)).toMatchObject([{ active: 0 }])
  })
})
