import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { ServiceConfig } from '../../src/config/service.js'
import { createMesh } from '../../src/mesh/create-mesh.js'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

function listen(handler: http.RequestListener): Promise<number> {
  const server = http.createServer(handler)
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      closers.push(() => {
        server.closeAllConnections()
        return new Promise((done) => server.close(done))
      })
      resolve((server.address() as AddressInfo).port)
    })
  })
}

/** Bodies that an upstream got, by its name. */
type Got = Record<string, string[]>

/** A gateway to `api`, which answers 503 once, with `copy` beside it. */
async function edge(service: ServiceConfig): Promise<{ port: number; got: Got }> {
  const got: Got = { api: [], copy: [] }
  const upstream = (name: string): Promise<number> =>
    listen(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += chunk
      got[name]?.push(`${request.headers['content-length'] ?? 'chunked'} ${body}`)
      response.writeHead(name === 'api' && got.api?.length === 1 ? 503 : 200).end()
    })
  const mesh = createMesh({
    service: 'edge',
    config: {
      services: {
        api: { endpoints: [{ url: `http://127.0.0.1:${await upstream('api')}` }], ...service },
        copy: { endpoints: [{ url: `http://127.0.0.1:${await upstream('copy')}` }] },
      },
      gateway: { routes: [{ service: 'api' }] },
    },
  })
  closers.push(() => mesh.close())
  return { port: await listen(mesh.gateway()), got }
}

function post(port: number, body: string, headers: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port, method: 'POST', headers, agent: false })
    request.on('error', reject)
    request.on('response', (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    request.end(body)
  })
}

const retry = { on: [503], attempts: 1, unsafe: true, budget: false, backoff: { base: '1ms' } } as const
const sized = (body: string): Record<string, string> => ({ 'content-length': String(Buffer.byteLength(body)) })
const chunked = { 'transfer-encoding': 'chunked' }

describe('a body at the gateway', () => {
  it('that is short is sent again', async () => {
    const { port, got } = await edge({ retry })
    expect(await post(port, 'héllo', sized('héllo'))).toBe(200)
    expect(got.api).toEqual(['6 héllo', '6 héllo'])
  })

  it('that is short is mirrored', async () => {
    const { port, got } = await edge({ routes: [{ mirrors: [{ service: 'copy' }] }] })
    await post(port, 'hello', sized('hello'))
    await expect.poll(() => got).toEqual({ api: ['5 hello'], copy: ['5 hello'] })
  })

  it('that does not say how long it is is kept while it is sent, and sent again', async () => {
    const { port, got } = await edge({ retry })
    expect(await post(port, 'hello', chunked)).toBe(200)
    expect(got.api).toEqual(['chunked hello', 'chunked hello'])
  })

  it.each([
    ['is long', 'x'.repeat(65_537), sized('x'.repeat(65_537))],
    ['does not say that it is', 'x'.repeat(65_537), chunked],
  ])('that %s is sent once', async (_, body, headers) => {
    const { port, got } = await edge({ retry })
    expect(await post(port, body, headers)).toBe(503)
    expect(got.api).toHaveLength(1)
  })

  it('that breaks off is not sent at all', async () => {
    const { port, got } = await edge({})
    await new Promise<void>((resolve) => {
      const request = http.request({ host: '127.0.0.1', port, method: 'POST', headers: { 'content-length': '10' } })
      request.on('error', () => resolve())
      request.write('half', () => request.destroy())
      request.on('close', resolve)
    })
    expect(await post(port, 'whole', sized('whole'))).toBe(503)
    expect(got.api).toEqual(['5 whole'])
  })
})

describe('a body that is still being sent', () => {
  it.each([
    ['the callee cannot be reached', undefined, 503],
    ['the callee answers before it has read it', 413, 413],
  ])('keeps nobody from the answer, where %s', async (_what, answered, status) => {
    const upstream =
      answered === undefined ? 1 : await listen((_request, response) => void response.writeHead(answered).end())
    const mesh = createMesh({
      service: 'edge',
      config: {
        services: { api: { endpoints: [{ url: `http://127.0.0.1:${upstream}` }], retry: { attempts: 1 } } },
        gateway: { routes: [{ service: 'api' }] },
      },
    })
    closers.push(() => mesh.close())
    const port = await listen(mesh.gateway())
    for (const size of [5, 3_000_000])
      expect(await post(port, 'x'.repeat(size), { 'transfer-encoding': 'chunked' })).toBe(status)
  })

  it.each([[{}], [{ retry: { attempts: 1 } }]])(
    'leaves the connection to the next request, with %j',
    async (policies) => {
      const upstream = await listen((request, response) => {
        if (request.method === 'POST') response.writeHead(413, { 'content-length': 0 })
        response.end()
      })
      const mesh = createMesh({
        service: 'edge',
        config: {
          services: { api: { endpoints: [{ url: `http://127.0.0.1:${upstream}` }], ...policies } },
          gateway: { routes: [{ service: 'api' }] },
        },
      })
      closers.push(() => mesh.close())
      const port = await listen(mesh.gateway())
      const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
      closers.push(async () => agent.destroy())
      const statuses: (number | undefined)[] = []
      for (const method of ['POST', 'GET', 'POST', 'GET']) {
        const request = http.request({ host: '127.0.0.1', port, method, agent })
        request.end(method === 'POST' ? Buffer.alloc(3_000_000) : undefined)
        const [response] = await once(request, 'response')
        statuses.push(response.statusCode)
        await once(response.resume(), 'end')
      }
      expect(statuses).toEqual([413, 200, 413, 200])
    },
  )
})
