import http from 'node:http'
import type { AddressInfo } from 'node:net'
import Fastify, { type FastifyInstance, type RouteHandlerMethod } from 'fastify'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { meshPlugin } from '../../src/adapters/fastify.js'
import { MeshError } from '../../src/core/errors.js'
import { retriesSpent } from '../../src/core/hop.js'
import { followInbound, inboundContext } from '../../src/core/inbound.js'
import type { Interceptor } from '../../src/core/interceptor.js'
import { directReply } from '../../src/core/reply.js'
import type { ServerCall } from '../../src/core/server-call.js'
import { createMesh } from '../../src/index.js'

const closers: (() => Promise<void>)[] = []
// As the first client of the process does.
beforeAll(followInbound)
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function listen(app: FastifyInstance): Promise<number> {
  await app.listen({ port: 0, host: '127.0.0.1' })
  closers.push(() => app.close())
  return (app.server.address() as AddressInfo).port
}

function got(port: number, method = 'GET'): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = http.request({ port, method, host: '127.0.0.1', agent: false }, (reply) => resolve(reply.resume()))
    request.on('error', reject).end()
  })
}

describe('Fastify replies with the headers that policies declare', () => {
  const declares: Interceptor<ServerCall> = (call, next) => {
    for (const [name, value] of [
      ['RateLimit', 'a'],
      ['ratelimit', 'b'],
      ['Set-Cookie', 'one=1'],
      ['Set-Cookie', 'two=2'],
      ['X-Policy', 'mesh'],
    ] as const)
      call.replyHeaders.append(name, value)
    return next(call)
  }
  async function served(route: RouteHandlerMethod): Promise<http.IncomingMessage> {
    const app = Fastify()
    await app.register(meshPlugin, { mesh: [declares] })
    app.get('/', route)
    return gotFrom(app)
  }
  async function gotFrom(app: FastifyInstance): Promise<http.IncomingMessage> {
    return got(await listen(app))
  }
  const cookies = ['one=1', 'two=2']

  it('repeated ones repeated', async () => {
    const { headers, headersDistinct } = await served(async () => 'ok')
    expect(headersDistinct.ratelimit).toEqual(['a', 'b'])
    expect(headersDistinct['set-cookie']).toEqual(cookies)
    expect(headers['x-policy']).toBe('mesh')
  })

  it('the application may see, replace and remove them', async () => {
    let seen: unknown
    const { headersDistinct } = await served(async (_request, reply) => {
      seen = reply.getHeader('x-policy')
      reply.removeHeader('ratelimit').header('x-policy', 'app')
      return 'ok'
    })
    expect(seen).toBe('mesh')
    expect(headersDistinct).toMatchObject({ 'x-policy': ['app'], 'set-cookie': cookies })
    expect(headersDistinct.ratelimit).toBeUndefined()
  })

  it('the application may answer past Fastify: they are on its reply all the same', async () => {
    const { headersDistinct } = await served((_request, reply) => {
      reply.hijack()
      reply.raw.setHeader('x-policy', 'app')
      reply.raw.end('ok')
    })
    expect(headersDistinct).toMatchObject({ 'x-policy': ['app'], ratelimit: ['a', 'b'], 'set-cookie': cookies })
  })

  it('beside those that the application appends on the response itself', async () => {
    const { headersDistinct } = await served((_request, reply) => {
      reply.raw.appendHeader('set-cookie', 'app=1')
      reply.raw.appendHeader('ratelimit', 'c')
      return reply.send('ok')
    })
    expect(headersDistinct).toMatchObject({ ratelimit: ['a', 'b', 'c'], 'set-cookie': [...cookies, 'app=1'] })
  })

  it('they are on the refusal of policies further in', async () => {
    const refuses: Interceptor<ServerCall> = () => Promise.reject(new MeshError('ERR_MESH_FORBIDDEN', 'no'))
    const app = Fastify()
    await app.register(meshPlugin, { mesh: [declares] })
    await app.register(async (scope) => {
      await scope.register(meshPlugin, { mesh: [refuses] })
      scope.get('/', async () => 'ok')
    })
    const { statusCode, headersDistinct } = await gotFrom(app)
    expect(statusCode).toBe(403)
    expect(headersDistinct).toMatchObject({ 'x-policy': ['mesh'], ratelimit: ['a', 'b'], 'set-cookie': cookies })
  })

  it('they are on the reply of an application that throws, too', async () => {
    const { statusCode, headersDistinct } = await served(async () => {
      throw new Error('broken')
    })
    expect(statusCode).toBe(500)
    expect(headersDistinct).toMatchObject({ 'x-policy': ['mesh'], ratelimit: ['a', 'b'], 'set-cookie': cookies })
  })

  it('what is declared while the application works replaces what was there', async () => {
    const { headersDistinct } = await served(async () => {
      inboundContext()?.noteRetriesSpent()
      inboundContext()?.noteRetriesSpent()
      return 'ok'
    })
    expect(headersDistinct[retriesSpent[0].toLowerCase()]).toEqual([retriesSpent[1]])
  })
})

describe('Fastify answers for policies with the headers that other plugins have set', () => {
  const declares: Interceptor<ServerCall> = (call, next) => {
    call.replyHeaders.append('x-policy', 'mesh')
    call.replyHeaders.append('vary', 'Origin')
    return next(call)
  }
  const refuses: Interceptor<ServerCall> = () => Promise.reject(new MeshError('ERR_MESH_FORBIDDEN', 'no'))
  const answers: Interceptor<ServerCall> = async () => directReply(200, {}, 'instead')
  const ours = [
    ['a refusal', refuses, 403],
    ['a reply', answers, 200],
  ] as const

  async function started(policy: Interceptor<ServerCall>, set: Record<string, string | string[]>): Promise<number> {
    const app = Fastify()
    app.addHook('onRequest', async (_request, reply) => void reply.headers(set))
    await app.register(meshPlugin, { mesh: [declares, policy] })
    app.get('/', async () => 'ok')
    return listen(app)
  }

  it.each(ours)('%s', async (_name, policy, status) => {
    const cors = { 'access-control-allow-origin': 'https://shop.example', 'set-cookie': ['a=1', 'b=2'] }
    for (const method of ['GET', 'HEAD']) {
      const { statusCode, headersDistinct } = await got(await started(policy, cors), method)
      expect(statusCode).toBe(status)
      expect(headersDistinct).toMatchObject({
        'access-control-allow-origin': ['https://shop.example'],
        'set-cookie': ['a=1', 'b=2'],
        'x-policy': ['mesh'],
      })
    }
  })

  it.each(ours)('%s, but its own in place of them, each time anew', async (_name, policy) => {
    const shared = { vary: ['Accept', 'Accept-Encoding'], 'x-policy': 'app' }
    const port = await started(policy, shared)
    for (let times = 0; times < 2; times += 1)
      expect((await got(port)).headersDistinct).toMatchObject({ vary: ['Origin'], 'x-policy': ['mesh'] })
    expect(shared.vary).toEqual(['Accept', 'Accept-Encoding'])
  })

  it.each(ours)('%s, but none that are about another body', async (_name, policy, status) => {
    const another = {
      'content-length': '3',
      'content-type': 'image/png',
      'content-encoding': 'gzip',
      trailer: 'etag',
      'cache-control': 'public',
      etag: '"1"',
    }
    const port = await started(policy, another)
    const { statusCode, headersDistinct } = await got(port)
    expect(statusCode).toBe(status)
    for (const [name, value] of Object.entries(another)) expect(headersDistinct[name] ?? []).not.toContain(value)
  })

  it.each(ours)('%s, but none that Node cannot write', async (_name, policy, status) => {
    const { statusCode, headers } = await got(await started(policy, { 'x-bad': 'a\r\nb', 'x-good': 'yes' }))
    expect(statusCode).toBe(status)
    expect(headers).toMatchObject({ 'x-good': 'yes' })
    expect(headers).not.toHaveProperty('x-bad')
  })

  it('the gateway does so for what it forwards, too', async () => {
    const upstream = Fastify()
    upstream.get('/', async (_request, reply) => reply.header('x-app', 'tea').send('tea'))
    const mesh = createMesh({
      service: 'edge',
      config: {
        services: { shop: { endpoints: [{ url: `http://127.0.0.1:${await listen(upstream)}` }] } },
        gateway: { routes: [{ service: 'shop' }] },
      },
    })
    closers.push(() => mesh.close())
    const app = Fastify()
    app.addHook('onRequest', async (_request, reply) => void reply.headers({ 'x-app': 'hook', 'x-hook': 'yes' }))
    await app.register(meshPlugin, { mesh, gateway: true })
    const { headersDistinct } = await got(await listen(app))
    expect(headersDistinct).toMatchObject({ 'x-app': ['tea'], 'x-hook': ['yes'] })
  })
})

it('Fastify with HTTP/2 does not start', async () => {
  const app = Fastify({ http2: true }) as unknown as FastifyInstance
  void app.register(meshPlugin, { mesh: [] })
  await expect(app.ready()).rejects.toMatchObject({
    code: 'ERR_MESH_CONFIG',
    message: 'fastify.http2: meshPlugin serves HTTP/1.1 only (got true)',
  })
})
