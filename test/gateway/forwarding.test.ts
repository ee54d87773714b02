import http, { type IncomingHttpHeaders } from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import express from 'express'
import Fastify from 'fastify'
import { afterEach, describe, expect, it } from 'vitest'
import { meshGateway } from '../../src/adapters/express.js'
import { meshPlugin } from '../../src/adapters/fastify.js'
import type { GatewayOptions } from '../../src/config/gateway.js'
import type { InboundOptions } from '../../src/config/inbound.js'
import { createMesh } from '../../src/mesh/create-mesh.js'

interface Echo {
  url: string
  method: string
  headers: IncomingHttpHeaders
  body: string
}

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

function listen(handler: http.RequestListener): Promise<string> {
  const server = http.createServer(handler)
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      closers.push(() => {
        server.closeAllConnections()
        return new Promise((done) => server.close(done))
      })
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    })
  })
}

function echo(): Promise<string> {
  return listen(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    response.setHeader('x-up', 'yes')
    response.setHeader('keep-alive', 'timeout=5')
    response.end(
      JSON.stringify({
        url: request.url,
        method: request.method,
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      }),
    )
  })
}

async function gatewayTo(
  upstream: string,
  routes: GatewayOptions['routes'],
  inbound: InboundOptions = {},
): Promise<{ url: string; mesh: ReturnType<typeof createMesh> }> {
  const mesh = createMesh({
    service: 'edge',
    config: { services: { api: { endpoints: [{ url: upstream }] } }, gateway: { routes: routes ?? [] }, inbound },
  })
  const url = await listen(mesh.gateway())
  closers.push(() => mesh.close())
  return { url, mesh }
}

describe('the forwarder', () => {
  it('strips the path by segments, keeps the query byte for byte, and says where the request came from', async () => {
    const { url } = await gatewayTo(await echo(), [{ paths: ['/api/v1'], service: 'api', stripPath: true }])
    const seen = (await (await fetch(`${url}/api/v1/users?q=%2F&x`)).json()) as Echo
    expect(seen.url).toBe('/users?q=%2F&x')
    expect(seen.headers).toMatchObject({
      host: 'api',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': new URL(url).host,
      'x-forwarded-prefix': '/api/v1',
      'x-forwarded-path': '/api/v1/users?q=%2F&x',
    })
    expect(((await (await fetch(`${url}/api/v1`)).json()) as Echo).url).toBe('/')
    expect((await fetch(`${url}/api/v10`)).status).toBe(404)
  })

  it('believes a trusted proxy in front what it has taken off and what it was asked for, and nobody else', async () => {
    const upstream = await echo()
    const routes = [{ paths: ['/api'], service: 'api', stripPath: true }]
    const told = { 'x-forwarded-prefix': '/shop', 'x-forwarded-path': '/shop/api/users' }
    const seen = async (inbound: InboundOptions): Promise<Echo> => {
      const { url } = await gatewayTo(upstream, routes, inbound)
      return (await (await fetch(`${url}/api/users`, { headers: told })).json()) as Echo
    }
    expect((await seen({ trustedProxies: ['127.0.0.1'] })).headers).toMatchObject(told)
    expect((await seen({})).headers).toMatchObject({
      'x-forwarded-prefix': '/api',
      'x-forwarded-path': '/api/users',
    })
  })

  it('takes host, method and header conditions, the more specific path first', async () => {
    const upstream = await echo()
    const { url } = await gatewayTo(upstream, [
      { name: 'any', paths: ['/'], service: 'api' },
      { name: 'write', paths: ['/x'], methods: ['POST'], service: 'api', stripPath: true },
      { name: 'exact', paths: [{ exact: '/x/y' }], headers: { 'x-v': '2' }, service: 'api', stripPath: true },
      { name: 'host', hosts: ['*.shop.example'], paths: ['/x'], service: 'api', preserveHost: true },
    ])
    const seen = async (path: string, init: RequestInit = {}): Promise<Echo> =>
      (await (await fetch(url + path, init)).json()) as Echo
    expect((await seen('/x/y')).url).toBe('/x/y')
    expect((await seen('/x/y', { method: 'POST', body: 'b' })).url).toBe('/y')
    expect((await seen('/x/y', { headers: { 'x-v': '2' } })).url).toBe('/')
  })

  it('tells the upstream the name of a consumer in UTF-8', async () => {
    const upstream = await echo()
    const mesh = createMesh({
      service: 'edge',
      config: {
        services: { api: { endpoints: [{ url: upstream }] } },
        gateway: {
          routes: [{ service: 'api', plugins: [{ name: 'key-auth', config: { dialect: 'kong' } }] }],
          consumers: [{ username: '李雷', credentials: { apiKeys: ['k'] } }],
        },
      },
    })
    closers.push(() => mesh.close())
    const url = await listen(mesh.gateway())
    const reply = await fetch(url, { headers: { apikey: 'k' } })
    expect(reply.status).toBe(200)
    const { headers } = (await reply.json()) as Echo
    expect(Buffer.from(String(headers['x-consumer-username']), 'latin1').toString()).toBe('李雷')
  })

  it('preserves the Host header where asked', async () => {
    const { url } = await gatewayTo(await echo(), [{ service: 'api', preserveHost: true }])
    expect(((await (await fetch(url)).json()) as Echo).headers.host).toBe(new URL(url).host)
  })

  it('drops hop-by-hop fields both ways; Connection can name neither framing nor our own headers away', async () => {
    const { url } = await gatewayTo(await echo(), [{ service: 'api' }])
    const { port } = new URL(url)
    const answer = await new Promise<string>((resolve) => {
      const socket = net.connect(Number(port), '127.0.0.1', () =>
        socket.write(
          'POST /x HTTP/1.1\r\nHost: gw\r\nConnection: close, x-secret, x-forwarded-for, content-length\r\nX-Secret: 1\r\nTE: gzip\r\nProxy-Authorization: z\r\nContent-Length: 3\r\n\r\nabc',
        ),
      )
      let text = ''
      socket.on('data', (data) => {
        text += data.toString()
      })
      socket.on('close', () => resolve(text))
    })
    const [head = '', body = ''] = answer.split('\r\n\r\n')
    expect(head.toLowerCase()).not.toContain('timeout=5')
    expect(head.toLowerCase()).toContain('x-up: yes')
    const seen = JSON.parse(body.slice(body.indexOf('{'), body.lastIndexOf('}') + 1)) as Echo
    expect(seen.body).toBe('abc')
    expect(seen.headers['x-forwarded-for']).toBe('127.0.0.1')
    for (const name of ['x-secret', 'te', 'proxy-authorization']) expect(seen.headers[name]).toBeUndefined()
  })

  it('reads an upload that finds no upstream to its end: the connection goes on', async () => {
    const { url } = await gatewayTo('http://127.0.0.1:1', [{ service: 'api' }])
    const size = 4 << 20
    const statuses = await new Promise<string[]>((resolve) => {
      const socket = net.connect(Number(new URL(url).port), '127.0.0.1', () => {
        socket.write(`POST /x HTTP/1.1\r\nHost: gw\r\nContent-Length: ${size}\r\n\r\n`)
        socket.write(Buffer.alloc(size))
        socket.write('GET /second HTTP/1.1\r\nHost: gw\r\nConnection: close\r\n\r\n')
      })
      let text = ''
      socket.on('data', (data) => {
        text += data.toString()
      })
      socket.on('close', () => resolve(text.match(/HTTP\/1\.1 \d+/g) ?? []))
    })
    expect(statuses).toEqual(['HTTP/1.1 503', 'HTTP/1.1 503'])
  })

  it('drops what the upstream names in its Connection header', async () => {
    const upstream = await listen((_request, response) => {
      response.writeHead(200, { connection: 'close, x-hop', 'x-hop': '1', 'x-end': '2' }).end()
    })
    const { url } = await gatewayTo(upstream, [{ service: 'api' }])
    const { headers } = await fetch(url)
    expect([headers.get('x-hop'), headers.get('x-end')]).toEqual([null, '2'])
  })

  it('a reason phrase that Node does not write is left out', async () => {
    const upstream = net.createServer((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 200 O\x01K\r\ncontent-length: 2\r\n\r\nok'))
    })
    await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
    closers.push(() => new Promise((resolve) => upstream.close(resolve)))
    const { port } = upstream.address() as AddressInfo
    const { url } = await gatewayTo(`http://127.0.0.1:${port}`, [{ service: 'api' }])
    const response = await fetch(url)
    expect([response.status, response.statusText, await response.text()]).toEqual([200, 'OK', 'ok'])
  })

  it('refuses a WebSocket instead of forwarding half of it', async () => {
    const { url } = await gatewayTo(await echo(), [{ service: 'api' }])
    const headers = { connection: 'upgrade', upgrade: 'websocket' }
    const response = await new Promise<http.IncomingMessage>((resolve) => http.get(url, { headers }, resolve))
    response.resume()
    expect(response.statusCode).toBe(400)
  })

  it('streams both ways without waiting for the end', async () => {
    const upstream = await listen((request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' })
      request.on('data', (chunk) => response.write(`got ${chunk}`))
      request.on('end', () => response.end('end'))
    })
    const { url } = await gatewayTo(upstream, [{ service: 'api' }])
    const request = http.request(url, { method: 'POST' })
    const response = new Promise<http.IncomingMessage>((resolve) => request.on('response', resolve))
    request.write('one')
    const reply = await response
    const first = await new Promise<string>((resolve) => reply.once('data', (chunk) => resolve(String(chunk))))
    expect(first).toBe('got one')
    request.end('two')
    const rest: string[] = []
    for await (const chunk of reply) rest.push(String(chunk))
    expect(rest.join('')).toBe('got twoend')
  })

  it('a client that goes away ends the upstream call', async () => {
    let upstreamClosed: () => void = () => {}
    const closed = new Promise<void>((resolve) => {
      upstreamClosed = resolve
    })
    const upstream = await listen((request, response) => {
      response.write('x')
      request.on('close', upstreamClosed)
    })
    const { url } = await gatewayTo(upstream, [{ service: 'api' }])
    const request = http.get(url)
    request.on('error', () => {})
    request.on('response', (response) => {
      response.on('error', () => {})
      response.once('data', () => request.destroy())
    })
    await closed
  })

  it('and so does one whose request waits behind another of its connection, while its reply is held', async () => {
    let ended: () => void = () => {}
    const exchangeEnded = new Promise<void>((resolve) => {
      ended = resolve
    })
    let filled: () => void = () => {}
    const replyHeld = new Promise<void>((resolve) => {
      filled = resolve
    })
    const upstream = await listen((request, response) => {
      if (request.url === '/slow') return
      response.on('close', ended)
      // More than is kept on the way: the rest is never asked for.
      if (!response.write(Buffer.alloc(32_000_000))) filled()
    })
    const { url } = await gatewayTo(upstream, [{ service: 'api' }])
    const socket = net.connect(Number(new URL(url).port), '127.0.0.1', () =>
      socket.write('GET /slow HTTP/1.1\r\nHost: h\r\n\r\nGET /large HTTP/1.1\r\nHost: h\r\n\r\n'),
    )
    await replyHeld
    socket.destroy()
    await exchangeEnded
  })

  it.each<[string, (mesh: ReturnType<typeof createMesh>, app: http.RequestListener) => Promise<string>]>([
    ['on a server of its own', (_mesh, app) => listen(app)],
    [
      'on a server of the mesh',
      async (mesh, app) => `http://127.0.0.1:${(await mesh.server(app).listen({ host: '127.0.0.1' })).port}`,
    ],
  ])('an application that answers in place of the upstream ends the call to it (%s)', async (_where, serve) => {
    let arrived: () => void = () => {}
    const upstreamAsked = new Promise<void>((resolve) => {
      arrived = resolve
    })
    let ended: () => void = () => {}
    const upstreamLeft = new Promise<void>((resolve) => {
      ended = resolve
    })
    const upstream = await listen((_request, response) => {
      response.on('close', ended)
      arrived()
    })
    const { mesh } = await gatewayTo(upstream, [{ service: 'api' }])
    const app = express()
    app.use((_request, response, next) => {
      void upstreamAsked.then(() => response.status(503).end('too slow'))
      next()
    })
    app.use(meshGateway(mesh))
    const response = await fetch(await serve(mesh, app))
    expect([response.status, await response.text()]).toEqual([503, 'too slow'])
    await upstreamLeft
  })

  it('a truncated upstream reply breaks the connection instead of looking complete', async () => {
    const upstream = await listen((_request, response) => {
      response.writeHead(200, { 'content-length': '10' })
      response.write('abc', () => setImmediate(() => response.destroy()))
    })
    const { url } = await gatewayTo(upstream, [{ service: 'api' }])
    await expect(fetch(url).then((response) => response.text())).rejects.toThrow()
  })

  it('an upstream that is down is a 503 problem, and what no route takes a 404', async () => {
    const { url } = await gatewayTo('http://127.0.0.1:1', [{ paths: ['/api'], service: 'api' }])
    const down = await fetch(`${url}/api`)
    expect(down.status).toBe(503)
    const missing = await fetch(`${url}/nope`)
    expect(missing.status).toBe(404)
    expect(await missing.json()).toMatchObject({ code: 'ERR_MESH_NO_ROUTE' })
  })

  it('a HEAD is answered without a body and keeps its length', async () => {
    const upstream = await listen((_request, response) => response.writeHead(200, { 'content-length': '10' }).end())
    const { url } = await gatewayTo(upstream, [{ service: 'api' }])
    const response = await fetch(url, { method: 'HEAD' })
    expect([response.status, response.headers.get('content-length')]).toEqual([200, '10'])
  })
})

describe('mounted in a framework', () => {
  it('Express: works below a mount path and behind a body parser', async () => {
    const upstream = await echo()
    const mesh = createMesh({
      service: 'edge',
      config: {
        services: { api: { endpoints: [{ url: upstream }] } },
        gateway: { routes: [{ paths: ['/v1'], service: 'api', stripPath: true }] },
      },
    })
    closers.push(() => mesh.close())
    const app = express()
    app.use(express.json())
    app.use(express.urlencoded())
    app.use('/edge', meshGateway(mesh))
    const url = await listen(app)
    const post = async (body: string, type: string): Promise<Echo> =>
      (await (
        await fetch(`${url}/edge/v1/x`, { method: 'POST', body, headers: { 'content-type': type } })
      ).json()) as Echo
    expect(await post('{"a": 1}', 'application/json')).toMatchObject({ url: '/x', body: '{"a":1}' })
    expect(await post('a=1&b=2', 'application/x-www-form-urlencoded')).toMatchObject({ body: 'a=1&b=2' })
    expect(await post('plain', 'text/plain')).toMatchObject({ body: 'plain' })
  })

  it('Express: sends on what a body parser made of nested forms and compressed bodies, and refuses what was lost', async () => {
    const upstream = await echo()
    const mesh = createMesh({
      service: 'edge',
      config: { services: { api: { endpoints: [{ url: upstream }] } }, gateway: { routes: [{ service: 'api' }] } },
    })
    closers.push(() => mesh.close())
    const app = express()
    app.use(express.json(), express.urlencoded({ extended: true }))
    app.use('/lost', (request, _response, next) => {
      request.resume().on('end', () => next())
    })
    app.use(meshGateway(mesh))
    const url = await listen(app)
    const post = (path: string, body: string | Buffer, headers: Record<string, string>): Promise<Response> =>
      fetch(url + path, { method: 'POST', body, headers })
    const form = await post('/', 'a[b]=c&d[]=1&d[]=2', { 'content-type': 'application/x-www-form-urlencoded' })
    expect(decodeURIComponent(((await form.json()) as Echo).body)).toBe('a[b]=c&d=1&d=2')
    const zipped = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
    const seen = (await (await post('/', gzipSync('{"a":1}'), zipped)).json()) as Echo
    expect([seen.body, seen.headers['content-encoding']]).toEqual(['{"a":1}', undefined])
    expect((await post('/lost', 'x', { 'content-type': 'text/plain' })).status).toBe(500)
  })

  it('Express: keeps every one of a header that the upstream repeats, beside those of the framework', async () => {
    const upstream = await listen((_request, response) => {
      response.writeHead(200, ['set-cookie', 'a=1', 'set-cookie', 'b=2', 'x-powered-by', 'upstream'])
      response.end()
    })
    const mesh = createMesh({
      service: 'edge',
      config: { services: { api: { endpoints: [{ url: upstream }] } }, gateway: { routes: [{ service: 'api' }] } },
    })
    closers.push(() => mesh.close())
    const app = express().use((_request, response, next) => {
      response.setHeader('x-frame-options', 'DENY')
      next()
    })
    const { headers } = await fetch(await listen(app.use(meshGateway(mesh))))
    expect(headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect([headers.get('x-powered-by'), headers.get('x-frame-options')]).toEqual(['upstream', 'DENY'])
  })

  it('has its series too when the server around it has let the request in', async () => {
    const mesh = createMesh({
      service: 'edge',
      config: {
        services: { api: { endpoints: [{ url: await echo() }] } },
        gateway: { routes: [{ name: 'all', service: 'api' }] },
      },
    })
    closers.push(() => mesh.close())
    const { port } = await mesh.server(express().use(meshGateway(mesh))).listen({ host: '127.0.0.1' })
    await (await fetch(`http://127.0.0.1:${port}/`)).text()
    expect(await mesh.metrics.metrics()).toMatch(
      /^kong_http_requests_total\{service="api",route="all",code="200".* 1$/m,
    )
  })

  it('dots cannot lead out of the mount: what policies decided on is what is routed', async () => {
    const mesh = createMesh({
      service: 'edge',
      config: {
        services: { api: { endpoints: [{ url: await echo() }] } },
        inbound: { authorization: [{ action: 'deny', rules: [{ to: [{ paths: ['/edge/admin'] }] }] }] },
        gateway: { routes: [{ service: 'api' }] },
      },
    })
    closers.push(() => mesh.close())
    const app = express()
    app.use('/edge', meshGateway(mesh))
    const { port } = new URL(await listen(app))
    const status = (target: string): Promise<number | undefined> =>
      new Promise((resolve) =>
        http.get({ port, path: target }, (response) => {
          response.resume()
          resolve(response.statusCode)
        }),
      )
    expect(await status('/edge/x')).toBe(200)
    expect(await status('/edge/admin')).toBe(403)
    for (const target of ['/edge/../admin', '/edge/%2e%2e/admin', '/edge/../edgex/admin'])
      expect([target, await status(target)]).toEqual([target, 404])
  })

  it('Fastify: is encapsulated under its prefix', async () => {
    const upstream = await echo()
    const mesh = createMesh({
      service: 'edge',
      config: { services: { api: { endpoints: [{ url: upstream }] } }, gateway: { routes: [{ service: 'api' }] } },
    })
    closers.push(() => mesh.close())
    const app = Fastify()
    await app.register(meshPlugin, { mesh, gateway: true, prefix: '/edge' })
    app.post('/own', (request) => ({ own: request.body }))
    await app.listen({ port: 0, host: '127.0.0.1' })
    closers.push(() => app.close())
    const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
    const init = { method: 'POST', body: '{"a":1}', headers: { 'content-type': 'application/json' } }
    expect(await (await fetch(`${url}/edge/x`, init)).json()).toMatchObject({ url: '/x', body: '{"a":1}' })
    expect(await (await fetch(`${url}/own`, init)).json()).toEqual({ own: { a: 1 } })
  })
})
