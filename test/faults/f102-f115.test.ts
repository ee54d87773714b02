import { once } from 'node:events'
import http from 'node:http'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { createMesh, isMeshError } from '../../src/index.js'
import { fakeClock } from '../../src/testing/index.js'
import { ensureBuilt, root } from '../examples/build.js'
import { type Running, start } from '../examples/run.js'
import { outcome, outcomes } from './outcomes.js'
import { closing, expectNothingLeaks, meshTo, serving } from './scaffold.js'

beforeAll(ensureBuilt, 120_000)
expectNothingLeaks()

/** A program of its own that uses the package. */
function program(text: string, ...flags: string[]): Running {
  return start(process.execPath, [...flags, '--input-type=module', '--eval', text], { cwd: root })
}

/** A service that drains on SIGTERM, within `timeout` ms. */
const service = (timeout: number): string => `
import { createMesh } from 'sidecarless'
const mesh = createMesh({ service: 'api' })
const server = mesh.server((request, response) => {
  if (request.url === '/hang') return
  setTimeout(() => response.end('ok'), request.url === '/slow' ? 400 : 0)
}, { readinessPath: '/ready' })
const { port } = await server.listen({ host: '127.0.0.1' })
process.on('SIGTERM', async () => {
  const since = performance.now()
  await mesh.close({ timeout: ${timeout} })
  process.exit(performance.now() - since >= ${timeout} ? 1 : 0)
})
console.log('port ' + port + '.')`

async function portOf(child: Running): Promise<number> {
  await child.says('.\n')
  return Number(/port (\d+)/.exec(child.output)?.[1])
}

interface Got {
  readonly status: number | undefined
  readonly connection: string | undefined
}

async function get(port: number, path: string, agent: http.Agent): Promise<Got> {
  const request = http.get({ port, host: '127.0.0.1', path, agent })
  const [response]: [http.IncomingMessage] = (await once(request, 'response')) as never
  await once(response.resume(), 'end')
  return { status: response.statusCode, connection: response.headers.connection }
}

describe('F102 SIGTERM under load', () => {
  it('what is under way ends well and is told to close, readiness turns at once, idle connections end, exit 0', async () => {
    const child = program(service(10_000))
    const port = await portOf(child)
    const [busy, probe, idle] = [1, 1, 20].map((maxSockets) => new http.Agent({ keepAlive: true, maxSockets }))
    if (busy === undefined || probe === undefined || idle === undefined) throw new Error('three agents')
    await Promise.all(Array.from({ length: 20 }, () => get(port, '/slow', idle)))
    await expect.poll(() => get(port, '/ready', probe)).toEqual({ status: 200, connection: 'keep-alive' })
    const slow = get(port, '/slow', busy)
    await sleep(100)
    process.kill(child.pid, 'SIGTERM')
    await sleep(50)
    expect(await get(port, '/ready', probe)).toEqual({ status: 503, connection: 'close' })
    expect(await slow).toEqual({ status: 200, connection: 'close' })
    expect(await child.end).toMatchObject({ code: 0 })
    for (const agent of [busy, probe, idle]) agent.destroy()
  })
})

describe('F103 a request that never ends', () => {
  it('is broken off at the limit of the drain, and the process is gone', async () => {
    const child = program(service(300))
    const port = await portOf(child)
    const agent = new http.Agent({ keepAlive: true })
    const hanging = get(port, '/hang', agent).catch((error: NodeJS.ErrnoException) => error.code)
    await sleep(100)
    const since = performance.now()
    process.kill(child.pid, 'SIGTERM')
    expect(await child.end).toMatchObject({ code: 1 })
    expect(performance.now() - since).toBeLessThan(1_300)
    expect(await hanging).toBe('ECONNRESET')
    agent.destroy()
  })
})

describe('F105 little memory, and ten times the load', () => {
  it('the process sheds and lives', { timeout: 60_000 }, async () => {
    const child = program(
      `
import { createMesh } from 'sidecarless'
const mesh = createMesh({ service: 'api', config: { inbound: { concurrency: { limit: 20, queue: { size: 20 } } } } })
const server = mesh.server(async (request, response) => {
  const held = Buffer.alloc(1_000_000)
  const objects = Array.from({ length: 10_000 }, (_, i) => ({ i }))
  await new Promise((resolve) => setTimeout(resolve, 20))
  response.end(String(held.length + objects.length))
})
const { port } = await server.listen({ host: '127.0.0.1' })
console.log('port ' + port + '.')
process.on('SIGTERM', async () => { await mesh.close(); process.exit(0) })`,
      '--max-old-space-size=64',
    )
    const agent = new http.Agent({ keepAlive: true, maxSockets: 400 })
    const port = await portOf(child)
    const counts: Record<string, number> = {}
    const until = performance.now() + 4_000
    await Promise.all(
      Array.from({ length: 400 }, async () => {
        while (performance.now() < until) {
          const { status } = await get(port, '/', agent)
          counts[String(status)] = (counts[String(status)] ?? 0) + 1
        }
      }),
    )
    agent.destroy()
    process.kill(child.pid, 'SIGTERM')
    expect(await child.end).toMatchObject({ code: 0 })
    expect(Object.keys(counts).sort()).toEqual(['200', '503'])
  })
})

describe('F109 a program that makes one call and closes nothing', () => {
  it('ends by itself', async () => {
    const server = await serving({ reply: 200, body: 'ok' })
    const child = program(`
import { createMesh } from 'sidecarless'
const api = {
  endpoints: [{ url: '${server.url}' }], timeout: '1m', retry: {}, circuitBreaker: {}, outlierDetection: {},
  limits: { adaptive: {} }, admission: {}, hedge: { after: '5s' }, coalesce: true,
}
const mesh = createMesh({ service: 'once', config: { services: { api } } })
const reply = await mesh.request({ service: 'api' })
console.log(await reply.body.text())
process.on('exit', () => console.log('took ' + (performance.now() - since)))
const since = performance.now()`)
    const { code, output } = await child.end
    expect(code).toBe(0)
    expect(Number(/took ([\d.]+)/.exec(output)?.[1])).toBeLessThan(1_000)
  })
})

describe('F110 the wall clock jumps by an hour', () => {
  it.each([3_600_000, -3_600_000])('%d ms: budgets, breakers and ejections go by the other clock', async (jumpMs) => {
    const clock = fakeClock()
    const server = await serving({ reply: 503 })
    const policies = { circuitBreaker: { volumeThreshold: 5, resetTimeout: '10s' } } as const
    const mesh = meshTo([server], policies, { clock })
    await outcomes(mesh, 5)
    clock.jumpWall(jumpMs)
    expect(await outcome(mesh)).toBe('ERR_MESH_CIRCUIT_OPEN')
    await clock.advance(9_999)
    expect(await outcome(mesh)).toBe('ERR_MESH_CIRCUIT_OPEN')
    await clock.advance(1)
    expect(mesh.breakers()).toMatchObject([{ state: 'half-open' }])
  })
})

describe('F111 clients that are slow', () => {
  async function served(text: string) {
    const mesh = closing(createMesh({ service: 'api' }))
    const server = mesh.server((request, response) => {
      if (request.url === '/') return void response.end('ok')
      const more = (): void => {
        while (response.write(Buffer.alloc(65_536)));
        response.once('drain', more)
      }
      more()
    })
    const { port } = await server.listen({ host: '127.0.0.1' })
    const slow = Array.from({ length: 30 }, () => {
      const socket = connect(port, '127.0.0.1').on('error', () => {})
      socket.pause()
      socket.write(text)
      return socket
    })
    await sleep(100)
    const before = process.memoryUsage().rss
    const agent = new http.Agent({ keepAlive: true })
    for (let i = 0; i < 200; i++) expect((await get(port, '/', agent)).status).toBe(200)
    agent.destroy()
    const grownMiB = (process.memoryUsage().rss - before) / 2 ** 20
    await mesh.close({ timeout: 50 })
    for (const socket of slow) socket.destroy()
    return grownMiB
  }

  it.each([
    ['write their headers byte for byte', 'GET / HTTP/1.1\r\nho'],
    ['never read the answer', 'GET /much HTTP/1.1\r\nhost: a\r\n\r\n'],
  ])('that %s keep nobody else waiting, and the memory bounded', async (_name, text) => {
    expect(await served(text)).toBeLessThan(100)
  })
})

describe('F112 a client gives its upload up', () => {
  it('the request to the service is given up too, and is no failure of the service', async () => {
    let gone = 0
    const far = http.createServer((request) => void request.on('close', () => gone++).resume())
    await new Promise<void>((resolve) => far.listen(0, '127.0.0.1', resolve))
    const address = far.address()
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
    const api = {
      endpoints: [{ url }],
      circuitBreaker: { volumeThreshold: 1 },
      outlierDetection: { consecutive5xxErrors: 1, maxEjectionPercent: 100 },
    }
    const config = { services: { api }, gateway: { routes: [{ paths: ['/'], service: 'api' }] } } as const
    const mesh = closing(createMesh({ service: 'edge', config }))
    const { port } = await mesh.server(mesh.gateway()).listen({ host: '127.0.0.1' })
    for (let i = 0; i < 5; i++) {
      const socket = connect(port, '127.0.0.1').on('error', () => {})
      socket.write('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100000\r\n\r\nbegun')
      await sleep(30)
      socket.destroy()
      await expect.poll(() => gone).toBe(i + 1)
    }
    expect(mesh.breakers()).toMatchObject([{ state: 'closed' }])
    expect(mesh.explain({ url: 'http://api/' }).destinations[0]?.endpoints).toMatchObject([
      { ejected: false, active: 0 },
    ])
    await mesh.close()
    far.closeAllConnections()
    await new Promise((resolve) => far.close(resolve))
  })
})

describe('F115 two copies of the library in one process', () => {
  it('keep to themselves what they count and limit, and know the errors of the other', async () => {
    vi.resetModules()
    const copy = await import('../../src/index.js')
    expect(copy.createMesh).not.toBe(createMesh)
    const server = await serving([{ reply: 200, delayMs: 100 }, { reply: 200, delayMs: 100 }, { reply: 200 }])
    const api = { endpoints: [{ url: server.url }], limits: { maxConnections: 1, maxPendingRequests: 0 } }
    const [one, two] = [createMesh, copy.createMesh].map((create) =>
      closing(create<{ api: never }>({ service: 'a', config: { services: { api } } })),
    )
    if (one === undefined || two === undefined) throw new Error('two meshes')
    expect(await Promise.all([outcome(one), outcome(two)])).toEqual([200, 200])
    const [held, refused] = [one.request({ service: 'api' }), one.request({ service: 'api' })]
    const error = await refused.catch((reason: unknown) => reason)
    expect([isMeshError(error), copy.isMeshError(error)]).toEqual([true, true])
    await (await held).body.text()
    for (const [mesh, calls] of [
      [one, 3],
      [two, 1],
    ] as const) {
      const counted = [...(await mesh.metrics.metrics()).matchAll(/mesh_client_requests_total\{[^}]*\} (\d+)/g)]
      expect(counted.reduce((sum, [, n]) => sum + Number(n), 0)).toBe(calls)
    }
  })
})
