import http from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import express4 from 'express4'
import Fastify from 'fastify'
import { afterEach, describe, expect, it } from 'vitest'
import { meshMiddleware } from '../../src/adapters/express.js'
import { meshPlugin } from '../../src/adapters/fastify.js'
import { guardedHandler } from '../../src/adapters/node/index.js'
import { apiKey } from '../../src/auth/index.js'
import { chainOf } from '../../src/server/chain.js'
import { hygiene } from '../../src/server/hygiene.js'

/** What an application can see of a request's target. */
interface Seen {
  readonly url: string | undefined
  readonly originalUrl?: string | undefined
  readonly query?: unknown
}
type Start = (hideCredentials: boolean) => Promise<number>

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

const key = 'sk_live_4f9d2c7e1b6a'
const guard = (hideCredentials: boolean) => [
  apiKey({ keys: [key], headers: ['x-api-key'], query: ['key'], hideCredentials }),
]

function listen(handler: http.RequestListener): Promise<number> {
  const server = http.createServer(handler)
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      closers.push(() => new Promise((done) => server.close(done)))
      resolve((server.address() as AddressInfo).port)
    })
  })
}

function expressStarter(framework: typeof express, mount: string): Start {
  return (hideCredentials) => {
    const app = framework()
    app.use(mount, meshMiddleware(guard(hideCredentials)))
    app.use((request, response) => {
      response.json({ url: request.url, originalUrl: request.originalUrl, query: request.query })
    })
    return listen(app)
  }
}

const frameworks: [name: string, start: Start][] = [
  ['Express 5', expressStarter(express, '/')],
  ['Express 5, mounted', expressStarter(express, '/app')],
  ['Express 4', expressStarter(express4, '/')],
  ['Express 4, mounted', expressStarter(express4, '/app')],
  [
    'Fastify 5',
    async (hideCredentials) => {
      const app = Fastify()
      closers.push(() => app.close())
      await app.register(meshPlugin, { mesh: guard(hideCredentials) })
      app.get('/*', (request) => ({ url: request.url, originalUrl: request.originalUrl, query: request.query }))
      await app.listen({ port: 0, host: '127.0.0.1' })
      return (app.server.address() as AddressInfo).port
    },
  ],
  [
    'node:http',
    (hideCredentials) =>
      listen(
        guardedHandler(chainOf([hygiene(), ...guard(hideCredentials)]), (request, response) => {
          response.end(JSON.stringify({ url: request.url }))
        }),
      ),
  ],
]

/** Names and values of a parsed query, without what Node adds. */
function plain({ url, originalUrl = url, query }: Seen): Seen {
  return { url, originalUrl, query }
}

describe.each(frameworks)('a key in the query is kept from the application: %s', (name, start) => {
  const parses = name !== 'node:http'
  async function seen(target: string, headers: Record<string, string> = {}, hide = true): Promise<Seen> {
    const port = await start(hide)
    const reply = await fetch(`http://127.0.0.1:${port}${target}`, { headers: { connection: 'close', ...headers } })
    expect(reply.status).toBe(200)
    return plain((await reply.json()) as Seen)
  }

  it('and the rest of the query is as it was', async () => {
    expect(await seen(`/app/a%20b?x=%41&key=${key}&y=&x=2`)).toEqual({
      url: '/app/a%20b?x=%41&y=&x=2',
      originalUrl: '/app/a%20b?x=%41&y=&x=2',
      query: parses ? { x: ['A', '2'], y: '' } : undefined,
    })
  })

  it('also where a name begins with a question mark', async () => {
    expect(await seen(`/app/a??key=x&key=${key}`)).toEqual({
      url: '/app/a??key=x',
      originalUrl: '/app/a??key=x',
      query: parses ? { '?key': 'x' } : undefined,
    })
  })

  it('also when it is all of the query', async () => {
    expect(await seen(`/app/a?key=${key}`)).toEqual({
      url: '/app/a',
      originalUrl: '/app/a',
      query: parses ? {} : undefined,
    })
    expect((await seen(`/app?%6Bey=${key}`)).originalUrl).toBe('/app')
  })

  it('and nothing is changed where the key came in a header, or is not to be hidden', async () => {
    const url = '/app/a?x=%41&&y='
    expect((await seen(url, { 'x-api-key': key })).url).toBe(url)
    expect((await seen(`/app/a?key=${key}`, {}, false)).originalUrl).toBe(`/app/a?key=${key}`)
  })
})

describe.each([
  ['Express 5', express],
  ['Express 4', express4],
])('a URL that the application has rewritten before the policies keeps its own query: %s', (_name, framework) => {
  it.each([
    ['/other?own=1&x=%41', '/other?own=1&x=%41'],
    [`/other?own=1&%6Bey=${key}`, '/other?own=1'],
    ['/other', '/other'],
    ['/other?', '/other?'],
  ])('%s', async (rewritten, left) => {
    const app = framework()
    app.use((request, _response, next) => {
      request.url = rewritten
      next()
    })
    app.use(meshMiddleware(guard(true)))
    app.use((request, response) => {
      response.json({ url: request.url, originalUrl: request.originalUrl })
    })
    const port = await listen(app)
    const reply = await fetch(`http://127.0.0.1:${port}/app?x=2&key=${key}`, { headers: { connection: 'close' } })
    expect(await reply.json()).toEqual({ url: left, originalUrl: '/app?x=2' })
  })
})
