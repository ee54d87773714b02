import { once } from 'node:events'
import http from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { guardedHandler } from '../../../src/adapters/node/index.js'
import { MeshError } from '../../../src/core/errors.js'
import { HeaderMap } from '../../../src/core/headers.js'
import type { Interceptor } from '../../../src/core/interceptor.js'
import { Reply } from '../../../src/core/reply.js'
import { ReplyBody } from '../../../src/core/reply-body.js'
import type { ServerCall } from '../../../src/core/server-call.js'
import { chainOf } from '../../../src/server/chain.js'
import { hygiene } from '../../../src/server/hygiene.js'

const servers: http.Server[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

/** Posts a body to an application behind some policies; resolves when the answer has been read. */
async function post(
  chain: readonly Interceptor<ServerCall>[],
  app: http.RequestListener,
  headers: Record<string, string> = {},
): Promise<number> {
  return (await replyOf(chain, app, headers)).status
}

async function replyOf(
  chain: readonly Interceptor<ServerCall>[],
  app: http.RequestListener,
  headers: Record<string, string> = {},
): Promise<Response> {
  const server = http.createServer(guardedHandler(chainOf(chain), app))
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const response = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: 'text', headers })
  await response.text()
  return response
}

describe('an exchange on Node objects', () => {
  it('is taken back from the call when the answer has ended: who holds on to the call holds no request', async () => {
    const calls: ServerCall[] = []
    const bodies: string[] = []
    const ended = new Promise<void>((resolve) => {
      const keep: Interceptor<ServerCall> = async (call, next) => {
        calls.push(call)
        bodies.push(call.exchange.body().kind)
        const reply = await next(call)
        bodies.push(call.exchange.body().kind)
        resolve()
        return reply
      }
      void post([keep], (_request, response) => response.end('ok'))
    })
    await ended
    expect(bodies).toEqual(['stream', 'none'])
    const [call] = calls
    expect(call?.exchange.socket.remoteAddress ?? '127.0.0.1').toBe('127.0.0.1')
    if (call !== undefined) await expect(call.exchange.serve(call)).rejects.toMatchObject({ code: 'ERR_MESH_ABORTED' })
  })

  it("an error that takes the place of the application's answer says nothing of that one's body", async () => {
    const impatient: Interceptor<ServerCall> = (call, next) => {
      void next(call).catch(() => {})
      return Promise.reject(new MeshError('ERR_MESH_TIMEOUT', 'too slow', { headers: { 'x-policy': 'kept' } }))
    }
    const reply = await replyOf([impatient], (_request, response) => {
      response.setHeader('cache-control', 'public, max-age=3600')
      response.setHeader('content-encoding', 'gzip')
      response.setHeader('trailer', 'x-checksum')
      response.setHeader('x-application', 'kept')
    })
    expect(reply.status).toBe(504)
    expect(Object.fromEntries(reply.headers)).toMatchObject({ 'x-policy': 'kept', 'x-application': 'kept' })
    for (const name of ['cache-control', 'content-encoding', 'trailer']) expect(reply.headers.has(name)).toBe(false)
  })

  it('is over when something else has answered before the policies have, and their reply is given up', async () => {
    const reasons: unknown[] = []
    let answer: (reply: Reply) => void = () => {}
    const slow: Interceptor<ServerCall> = (call) => {
      call.attach({ cancel: (reason) => reasons.push(reason) })
      return new Promise((resolve) => {
        answer = resolve
      })
    }
    const guarded = guardedHandler(chainOf([slow]), () => {})
    const givenUp: unknown[] = []
    const body = new ReplyBody({ pause: () => {}, resume: () => {}, cancel: (reason) => givenUp.push(reason) })
    const port = await listen((request, response) => {
      guarded(request, response)
      response.end('too slow')
      if (request.url === '/late') answer(new Reply(200, new HeaderMap(), body))
      else response.on('close', () => reasons.push('closed'))
    })
    const given = (what: string) => expect.objectContaining({ code: 'ERR_MESH_ABORTED', message: what })
    expect(await (await fetch(`http://127.0.0.1:${port}/late`)).text()).toBe('too slow')
    expect(givenUp).toEqual([given('the reply body was cancelled')])
    expect(body.lease.ended).toBe(true)
    // Its own answer may have closed before the reply was there, or after.
    reasons.splice(0)
    expect(await (await fetch(`http://127.0.0.1:${port}/never`)).text()).toBe('too slow')
    while (!reasons.includes('closed')) await new Promise(setImmediate)
    expect(reasons).toEqual([given('the request was answered by something else'), 'closed'])
  })

  it('goes on after its answer where the application has given it', async () => {
    let call: ServerCall | undefined
    let replied: (reply: Reply) => void = () => {}
    const reply = new Promise<Reply>((resolve) => {
      replied = resolve
    })
    const watch: Interceptor<ServerCall> = async (given, next) => {
      call = given
      const its = await next(given)
      replied(its)
      return its
    }
    await post([watch], (_request, response) => response.end('ok'))
    expect((await reply).status).toBe(200)
    expect(call?.cancelled).toBe(false)
  })

  it('ends the connection when a policy declares what no answer can have', async () => {
    const broken: Interceptor<ServerCall> = (call, next) => {
      call.replyHeaders.append('x-policy', 'a\nb')
      return next(call)
    }
    await expect(replyOf([broken], (_request, response) => response.end('ok'))).rejects.toThrow('fetch failed')
  })

  it('shows the application the headers as Node made them, with what policies added', async () => {
    let shown: http.IncomingHttpHeaders = {}
    let raw: string[] = []
    const app: http.RequestListener = (request, response) => {
      shown = request.headers
      raw = request.rawHeaders
      response.end()
    }
    await post([hygiene()], app, { 'x-a': '1' })
    expect(shown).toMatchObject({ 'x-a': '1', 'content-length': '4', 'x-request-id': expect.any(String) })
    expect(raw.slice(-2)).toEqual(['x-request-id', shown['x-request-id']])
  })

  it('shows nothing of what policies removed, beside what they added', async () => {
    let shown: http.IncomingHttpHeaders = {}
    const app: http.RequestListener = (request, response) => {
      shown = request.headers
      response.end()
    }
    await post([hygiene()], app, { 'X-Mesh-Principal': 'admin', 'x-jwt-sub': 'admin', 'x-a': '1' })
    expect(Object.keys(shown)).not.toContain('x-mesh-principal')
    expect(Object.keys(shown)).not.toContain('x-jwt-sub')
    expect(shown).toMatchObject({ 'x-a': '1', 'x-request-id': expect.any(String) })
  })

  it('shows repeated headers as Node does after policies have removed some', async () => {
    const app: http.RequestListener = ({ headers, headersDistinct }, response) => {
      response.end(JSON.stringify({ headers, headersDistinct }))
    }
    const sent = [
      'etag',
      'e1',
      'ETag',
      'e2',
      'constructor',
      'c',
      'x-a',
      '1',
      'X-A',
      '2',
      'cookie',
      'a=1',
      'cookie',
      'b=2',
    ]
    const spoofed = ['x-mesh-principal', 'admin', 'x-jwt-sub', 'admin', 'x-jwt-role', 'admin']
    const [bare, guarded] = await Promise.all(
      [app, guardedHandler(chainOf([hygiene()]), app)].map(async (handler) => {
        const port = await listen(handler)
        const headers = ['host', 'h', ...(handler === app ? sent : [...spoofed, ...sent])]
        const [response] = await once(http.get({ port, headers, agent: false }), 'response')
        return JSON.parse(Buffer.concat(await response.toArray()).toString())
      }),
    )
    const id = guarded.headers['x-request-id']
    expect(guarded.headers).toEqual({ ...bare.headers, 'x-request-id': id })
    expect(guarded.headersDistinct).toEqual({ ...bare.headersDistinct, 'x-request-id': [id] })
  })
})

async function listen(handler: http.RequestListener): Promise<number> {
  const server = http.createServer(handler).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

setFlagsFromString('--expose_gc')
const collect: (options: { type: 'minor' | 'major' }) => void = runInNewContext('gc')

function oldBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === 'old_space')?.space_used_size ?? 0
}

describe('a request on Node', () => {
  it('is neither judged nor served when its client has gone before', async () => {
    const seen: string[] = []
    const judge: Interceptor<ServerCall> = (call, next) => {
      seen.push('judged')
      return next(call)
    }
    const guarded = guardedHandler(chainOf([judge]), () => seen.push('served'))
    const ended = new Promise<void>((resolve) => {
      void listen((request, response) => {
        response.once('close', () => {
          guarded(request, response)
          resolve()
        })
        socket.destroy()
      }).then((port) => socket.connect(port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nhost: h\r\n\r\n')))
    })
    const socket = new net.Socket()
    await ended
    await new Promise(setImmediate)
    expect(seen).toEqual([])
  })

  it('is over when its client has gone, though it was pipelined behind one that was never answered', async () => {
    const outcomes: Promise<unknown>[] = []
    const watch: Interceptor<ServerCall> = (call, next) => {
      const reply = next(call)
      outcomes.push(reply.catch((error: unknown) => error))
      return reply
    }
    const ended = new Promise<void>((resolve) => {
      const app: http.RequestListener = (request, response) => {
        if (request.url === '/2') response.end('answered before its turn')
        if (request.url !== '/3') return
        socket.destroy()
        response.on('close', resolve)
      }
      void listen(guardedHandler(chainOf([watch]), app)).then((port) =>
        socket.connect(port, '127.0.0.1', () =>
          socket.write([1, 2, 3].map((n) => `GET /${n} HTTP/1.1\r\nhost: h\r\n\r\n`).join('')),
        ),
      )
    })
    const socket = new net.Socket()
    await ended
    const aborted = expect.objectContaining({ code: 'ERR_MESH_ABORTED' })
    expect(await Promise.all(outcomes)).toEqual([aborted, aborted, aborted])
  })

  it('is not begun when its connection was lost while it waited for the policies of others', async () => {
    let judged = false
    const judge: Interceptor<ServerCall> = (call, next) => {
      judged = true
      return next(call)
    }
    const guarded = guardedHandler(chainOf([judge]), () => {})
    const ended = new Promise<void>((resolve) => {
      void listen((request, response) => {
        if (request.url === '/1') return
        request.socket.once('close', () => {
          guarded(request, response)
          resolve()
        })
        socket.destroy()
      }).then((port) =>
        socket.connect(port, '127.0.0.1', () =>
          socket.write('GET /1 HTTP/1.1\r\nhost: h\r\n\r\nGET /2 HTTP/1.1\r\nhost: h\r\n\r\n'),
        ),
      )
    })
    const socket = new net.Socket()
    await ended
    expect(judged).toBe(false)
  })

  it('leaves the heap with the young generation', async () => {
    const rounds = 200
    let served = 0
    const port = await listen(
      guardedHandler(chainOf([]), (_request, response) => {
        // While requests are under way, as it comes: what is old then must not keep those that follow.
        if (++served % 100 === 0) collect({ type: 'minor' })
        response.end('ok')
      }),
    )
    const sockets = Array.from({ length: 20 }, () => net.connect(port, '127.0.0.1'))
    async function send(socket: net.Socket): Promise<void> {
      socket.write('GET / HTTP/1.1\r\nhost: h\r\n\r\n')
      await once(socket, 'data')
    }
    for (let round = 0; round < rounds; round++) await Promise.all(sockets.map(send))
    collect({ type: 'major' })
    const before = oldBytes()
    for (let round = 0; round < rounds; round++) await Promise.all(sockets.map(send))
    const bytes = (oldBytes() - before) / rounds / sockets.length
    for (const socket of sockets) socket.destroy()
    expect(bytes).toBeLessThan(1_000)
  })
})
