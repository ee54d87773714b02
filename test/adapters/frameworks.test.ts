import http from 'node:http'
import net, { type AddressInfo } from 'node:net'
import express from 'express'
import express4 from 'express4'
import Fastify from 'fastify'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { meshMiddleware } from '../../src/adapters/express.js'
import { meshPlugin } from '../../src/adapters/fastify.js'
import { guardedHandler } from '../../src/adapters/node/index.js'
import { authorize } from '../../src/auth/index.js'
import { MeshError } from '../../src/core/errors.js'
import { followInbound, inboundContext } from '../../src/core/inbound.js'
import type { Interceptor } from '../../src/core/interceptor.js'
import type { ServerCall } from '../../src/core/server-call.js'
import { chainOf } from '../../src/server/chain.js'
import { hygiene } from '../../src/server/hygiene.js'

/** What the application saw, as it answers it. */
interface Seen {
  url: string
  headers: Record<string, string>
  requestId: string | undefined
  principal: string | undefined
  body: unknown
  inbound: boolean
}
type Chain = readonly Interceptor<ServerCall>[]
type Start = (chain: Chain) => Promise<{ port: number; close: () => Promise<void> }>

const closers: (() => Promise<void>)[] = []
// As the first client of the process does.
beforeAll(followInbound)
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

function listen(server: http.Server): Promise<{ port: number; close: () => Promise<void> }> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      resolve({
        port,
        close: () => {
          server.closeAllConnections()
          return new Promise((done) => server.close(() => done()))
        },
      })
    })
  })
}

function expressStarter(framework: typeof express): Start {
  return async (chain) => {
    const app = framework()
    app.use(meshMiddleware(chain))
    app.use(framework.json())
    app.use((request, response) => {
      response.setHeader('x-app', 'express')
      response.json({
        url: request.url,
        headers: request.headers,
        requestId: request.mesh?.requestId,
        principal: request.mesh?.principal,
        body: request.body,
        inbound: inboundContext() !== undefined,
      })
    })
    return listen(http.createServer(app))
  }
}

const frameworks: [string, Start][] = [
  ['Express 5', expressStarter(express)],
  ['Express 4', expressStarter(express4)],
  [
    'Fastify 5',
    async (chain) => {
      const app = Fastify()
      await app.register(meshPlugin, { mesh: chain })
      app.all('/*', (request, reply) => {
        reply.header('x-app', 'fastify')
        return {
          url: request.raw.url,
          headers: request.headers,
          requestId: request.mesh?.requestId,
          principal: request.mesh?.principal,
          body: request.body,
          inbound: inboundContext() !== undefined,
        }
      })
      await app.listen({ port: 0, host: '127.0.0.1' })
      return { port: (app.server.address() as AddressInfo).port, close: () => app.close() }
    },
  ],
  [
    'node:http',
    (chain) =>
      listen(
        http.createServer(
          guardedHandler(chainOf([hygiene(), ...chain]), async (request, response) => {
            const chunks: Buffer[] = []
            for await (const chunk of request) chunks.push(chunk)
            response.setHeader('x-app', 'node')
            const text = Buffer.concat(chunks).toString()
            const seen = {
              url: request.url,
              headers: request.headers,
              body: text === '' ? undefined : JSON.parse(text),
              inbound: inboundContext() !== undefined,
            }
            response.end(
              JSON.stringify({
                ...seen,
                requestId: request.headers['x-request-id'],
                principal: request.headers['x-who'],
              }),
            )
          }),
        ),
      ),
  ],
]

async function start(make: Start, chain: Chain = []): Promise<{ port: number; url: string }> {
  const { port, close } = await make(chain)
  closers.push(close)
  return { port, url: `http://127.0.0.1:${port}` }
}

/** Sends bytes as they are and gives the whole answer. */
function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.end(text))
    let answer = ''
    socket.on('data', (data) => {
      answer += data.toString()
    })
    socket.on('close', () => resolve(answer))
    socket.on('error', reject)
  })
}

describe.each(frameworks)('%s', (_name, make) => {
  it('serves the request, with what the policies declared for the reply', async () => {
    const { url } = await start(make, [
      (call, next) => {
        call.replyHeaders.set('x-policy', 'declared')
        call.principal = 'me'
        call.headers.set('x-who', 'me')
        return next(call)
      },
    ])
    const response = await fetch(`${url}/a?b=c`, {
      method: 'POST',
      body: '{"x":1}',
      headers: { 'content-type': 'application/json', 'x-request-id': 'abc-1' },
    })
    const seen = (await response.json()) as Seen
    expect(response.headers.get('x-policy')).toBe('declared')
    expect(seen).toMatchObject({ url: '/a?b=c', requestId: 'abc-1', principal: 'me', body: { x: 1 }, inbound: true })
    expect(seen.headers['x-who']).toBe('me')
  })

  it('answers a denial as problem+json, and the application never hears of the request', async () => {
    let reached = false
    const { url } = await start(make, [
      () =>
        Promise.reject(
          new MeshError('ERR_MESH_RATE_LIMITED', 'slow down', { retryAfterMs: 1_200, headers: { 'x-limit': '1' } }),
        ),
      (call, next) => {
        reached = true
        return next(call)
      },
    ])
    const response = await fetch(url)
    expect(response.status).toBe(429)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(response.headers.get('retry-after')).toBe('2')
    expect(response.headers.get('x-limit')).toBe('1')
    expect(await response.json()).toMatchObject({ status: 429, code: 'ERR_MESH_RATE_LIMITED', detail: 'slow down' })
    expect(reached).toBe(false)
  })

  it('an unexpected error in a policy fails closed and tells nothing', async () => {
    const { url } = await start(make, [
      () => {
        throw new Error('secret detail')
      },
    ])
    const response = await fetch(url)
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('secret')
  })

  it('strips what only the mesh may say, in every spelling', async () => {
    const { url } = await start(make)
    const spoofed = {
      'x-consumer-username': 'admin',
      'x-forwarded-for': '1.2.3.4',
      'x-forwarded-client-cert': 'By=x',
      'x-mesh-principal': 'x',
      X_Forwarded_For: '9.9.9.9',
      'x-envoy-max-retries': '9',
      'x-kept': 'yes',
    }
    const seen = (await (await fetch(url, { headers: spoofed })).json()) as Seen
    for (const name of Object.keys(spoofed))
      if (name !== 'x-kept') expect(seen.headers[name.toLowerCase()]).toBeUndefined()
    expect(seen.headers['x-kept']).toBe('yes')
  })

  it.each([
    ['H01 two Host headers', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n'],
    ['H02 an empty Host', 'GET / HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n'],
    ['H04 another host in the target', 'GET http://evil/admin HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'],
    ['a query after the host in the target', 'GET http://a?x=/admin HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'],
    ['the same in capitals', 'GET HTTP://a?/admin HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'],
    [
      'J47 two Authorization headers',
      'GET / HTTP/1.1\r\nHost: a\r\nAuthorization: x\r\nAuthorization: y\r\nConnection: close\r\n\r\n',
    ],
    ['P13 an escaped slash', 'GET /public/..%2fadmin HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'],
    ['P17 a NUL', 'GET /admin%00 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'],
  ])('refuses %s with 400', async (_what, text) => {
    const { port } = await start(make)
    expect(await raw(port, text)).toMatch(/^HTTP\/1\.1 400 /)
  })

  it.each(['http://a', 'http://a/', 'HTTP://A/?x=/admin'])('serves a target with a host: %s', async (target) => {
    const { port } = await start(make)
    expect(await raw(port, `GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 200 /,
    )
  })

  it('refuses more header fields than fit with 431', async () => {
    const { port } = await start(make)
    const many = Array.from({ length: 150 }, (_, i) => `x-${i}: 1\r\n`).join('')
    expect(await raw(port, `GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${many}\r\n`)).toMatch(/^HTTP\/1\.1 431 /)
  })

  it('a client that goes away cancels the call', async () => {
    let cancelled: (reason: unknown) => void = () => {}
    const gone = new Promise<unknown>((resolve) => {
      cancelled = resolve
    })
    const { port } = await start(make, [
      (call) => {
        call.attach({ cancel: cancelled })
        return new Promise(() => {})
      },
    ])
    const socket = net.connect(port, '127.0.0.1', () =>
      socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n', () => setImmediate(() => socket.destroy())),
    )
    expect(await gone).toMatchObject({ code: 'ERR_MESH_ABORTED' })
  })

  it('and every call that it has pipelined behind another, however far it has come', async () => {
    const gone: Promise<unknown>[] = []
    let arrived: () => void = () => {}
    const all = new Promise<void>((resolve) => {
      arrived = resolve
    })
    const { port } = await start(make, [
      (call, next) => {
        gone.push(
          new Promise((resolve) => {
            call.attach({ cancel: resolve })
          }),
        )
        if (gone.length === 3) arrived()
        return gone.length === 2 ? next(call) : new Promise(() => {})
      },
    ])
    const socket = net.connect(port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(3)))
    await all
    socket.destroy()
    const aborted = expect.objectContaining({ code: 'ERR_MESH_ABORTED' })
    expect(await Promise.all(gone)).toEqual([aborted, aborted, aborted])
  })
})

describe('Express and Fastify do not resolve dots: who is denied a prefix does not get below it by leaving it again', () => {
  const deny = (): Chain => [authorize([{ action: 'deny', rules: [{ to: [{ paths: ['/admin', '/admin/*'] }] }] }])]
  const starts: [string, (answer: string) => Promise<{ port: number; close: () => Promise<void> }>][] = [
    [
      'Express 5',
      (answer) => {
        const app = express()
        app.use(meshMiddleware(deny()))
        app.use('/admin', (_request, response) => {
          response.end(answer)
        })
        return listen(http.createServer(app))
      },
    ],
    [
      'Fastify 5',
      async (answer) => {
        const app = Fastify()
        await app.register(meshPlugin, { mesh: deny() })
        app.get('/admin/*', () => answer)
        await app.ready()
        return listen(app.server)
      },
    ],
  ]
  it.each(starts)('%s', async (_name, make) => {
    const { port, close } = await make('secret')
    closers.push(close)
    for (const target of ['/admin/../public', '/admin/%2e%2e/public', '/admin/..', '/admin/x/../../y']) {
      const answer = await raw(port, `GET ${target} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`)
      expect([target, answer.split(' ')[1]]).toEqual([target, '403'])
    }
  })
})

describe('who is denied a path does not get to its handler by another spelling', () => {
  const deny = (...paths: string[]): Chain => [authorize([{ action: 'deny', rules: [{ to: [{ paths }] }] }])]
  const root = '/users/root@corp.example'
  type Guarded = () => Promise<{ port: number; close: () => Promise<void> }>

  const rows: [string, string, Guarded][] = [
    ...['//x/admin', '/\\x/admin', '///x:80//admin', '//x/../admin'].map((target): [string, string, Guarded] => [
      'node:http with new URL',
      target,
      () =>
        listen(
          http.createServer(
            guardedHandler(chainOf([hygiene(), ...deny('/admin', '//admin')]), (request, response) => {
              response.end(new URL(request.url ?? '/', 'http://localhost').pathname)
            }),
          ),
        ),
    ]),
    [
      'Express 5',
      '/users/root%40corp.example',
      () => {
        const app = express()
        app.use(meshMiddleware(deny(root)))
        app.get('/users/:id', (request, response) => {
          response.end(request.params.id)
        })
        return listen(http.createServer(app))
      },
    ],
    ...['/users/root%40corp.example', '/reports%28all)'].map((target): [string, string, Guarded] => [
      'Fastify 5',
      target,
      async () => {
        const app = Fastify()
        await app.register(meshPlugin, { mesh: deny(root, '/reports(all)') })
        app.get<{ Params: { id: string } }>('/users/:id', (request) => request.params.id)
        app.get('/reports(all)', () => 'reports')
        await app.ready()
        return listen(app.server)
      },
    ]),
  ]
  it.each(rows)('%s: %s', async (_name, target, make) => {
    const { port, close } = await make()
    closers.push(close)
    const answer = await raw(port, `GET ${target} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`)
    expect(answer.split(' ')[1]).toBe('403')
  })
})

describe('policies inside policies', () => {
  const asAlice: Interceptor<ServerCall> = (call, next) => {
    call.claims = { role: 'guest' }
    call.principal = 'alice'
    call.headers.set('x-consumer-username', 'alice')
    call.deadline = 1e12
    return next(call)
  }

  it('see whom those further out have identified, and what they have set', async () => {
    const app = express()
    app.use(meshMiddleware([asAlice]))
    app.use(
      '/closed',
      meshMiddleware([
        authorize([{ action: 'deny', rules: [{ when: [{ key: 'request.auth.claims[role]', values: ['guest'] }] }] }]),
      ]),
    )
    app.use('/open', meshMiddleware([]))
    app.use((request, response) => {
      const { principal, deadline, requestId } = request.mesh ?? {}
      response.json({
        principal,
        deadline,
        same: requestId === request.headers['x-request-id'],
        consumer: request.headers['x-consumer-username'],
      })
    })
    const { port, close } = await listen(http.createServer(app))
    closers.push(close)
    expect((await fetch(`http://127.0.0.1:${port}/closed`)).status).toBe(403)
    const open = await fetch(`http://127.0.0.1:${port}/open`, { headers: { 'x-consumer-username': 'mallory' } })
    expect(await open.json()).toEqual({ principal: 'alice', deadline: 1e12, same: true, consumer: 'alice' })
  })

  it('run once, whatever stands between two places of theirs', async () => {
    let runs = 0
    const counted = meshMiddleware([
      (call, next) => {
        runs++
        return next(call)
      },
    ])
    const app = express()
    app.use(counted, meshMiddleware([]), counted, (_request, response) => {
      response.end()
    })
    const { port, close } = await listen(http.createServer(app))
    closers.push(close)
    await fetch(`http://127.0.0.1:${port}/`)
    expect(runs).toBe(1)
  })

  it('know what those further out have found out, whatever the application does to `mesh`', async () => {
    const guests = authorize([
      { action: 'deny', rules: [{ when: [{ key: 'request.auth.claims[role]', values: ['guest'] }] }] },
    ])
    for (const change of [
      (request: express.Request) => {
        delete request.mesh
      },
      (request: express.Request) => {
        request.mesh = Object.create(request.mesh ?? null)
      },
    ]) {
      const app = express()
      app.use(
        meshMiddleware([asAlice]),
        (request, _response, next) => {
          change(request)
          next()
        },
        meshMiddleware([guests]),
        (_request, response) => {
          response.end()
        },
      )
      const { port, close } = await listen(http.createServer(app))
      closers.push(close)
      expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(403)
    }
  })

  it('do not let another request through for having its `mesh`', async () => {
    const app = express()
    app.use(meshMiddleware([authorize([{ action: 'deny', rules: [{ to: [{ paths: ['/admin'] }] }] }])]))
    app.get('/admin', (_request, response) => {
      response.end('secret')
    })
    app.get('/batch', (request, response) => {
      const inner = new http.IncomingMessage(request.socket)
      Object.assign(inner, { method: 'GET', url: '/admin', rawHeaders: ['host', 'h'], mesh: request.mesh })
      app(inner, response)
      // Express has made it the response's request, which Node 26 does not let pass.
      Object.assign(response, { req: request })
    })
    const { port, close } = await listen(http.createServer(app))
    closers.push(close)
    expect((await fetch(`http://127.0.0.1:${port}/batch`)).status).toBe(403)
  })
})
