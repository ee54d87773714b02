import http, { type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import express from 'express'
import express4 from 'express4'
import { describe, expect, it, onTestFinished } from 'vitest'
import { meshMiddleware } from '../../../src/adapters/express.js'
import { shareHiddenClass } from '../../../src/adapters/node/hidden-class.js'

setFlagsFromString('--allow-natives-syntax')
const sameClass = new Function('one', 'other', 'return %HaveSameMap(one, other)')
const isFast = new Function('one', 'return %HasFastProperties(one)')
/** Classes part ways on Node 20 and 22. */
const affected = Number.parseInt(process.versions.v8, 10) < 13

type Exchange = readonly [request: IncomingMessage, response: ServerResponse]
type Middleware = (request: IncomingMessage, response: ServerResponse, next: () => void) => void

async function portOf(server: http.Server): Promise<number> {
  onTestFinished(() => void server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

/** What two requests that are under way at once are served with. */
async function twoOf(listener: (see: (...exchange: Exchange) => void) => RequestListener): Promise<Exchange[]> {
  const seen: Exchange[] = []
  const server = http.createServer(
    listener((...exchange) => {
      seen.push(exchange)
      if (seen.length % 2 === 0) for (const [, response] of seen.slice(-2)) response.end()
    }),
  )
  const port = await portOf(server)
  // The first of a process are made while Node still looks for the best place of each property.
  for (let i = 0; i < 5; i++) await Promise.all([1, 2].map(() => fetch(`http://127.0.0.1:${port}/a?b`)))
  return seen.slice(-2)
}

describe.each([
  ['Express 5', express],
  ['Express 4', express4],
])('requests and responses of %s', (_name, framework) => {
  const behind = (...middlewares: Middleware[]): Promise<Exchange[]> =>
    twoOf((see) => {
      const app = framework()
      for (const middleware of middlewares) app.use(middleware)
      return app.use(see)
    })

  /** What the middleware leaves of a request and a response that something was done to before. */
  async function left(prepare: (request: IncomingMessage, response: ServerResponse) => void): Promise<Exchange> {
    const [exchange] = await behind(
      (request, response, next) => {
        prepare(request, response)
        next()
      },
      (request, response, next) => {
        shareHiddenClass(request, response)
        next()
      },
    )
    if (exchange === undefined) throw new Error('nothing was served')
    return exchange
  }

  it('share a hidden class behind the middleware', async () => {
    let shared = false
    // Prototypes of an application whose places in V8's memory collide are seldom; four times in a row they are not seen.
    for (let i = 0; i < 4 && !shared; i++) {
      const [one, other] = await behind(meshMiddleware([]))
      shared = sameClass(one?.[0], other?.[0]) && sameClass(one?.[1], other?.[1])
      expect(isFast(one?.[0]) || isFast(one?.[1])).toBe(!affected)
    }
    expect(shared).toBe(true)
  })

  it('keep their properties as they are', async () => {
    const before: Map<string | symbol, PropertyDescriptor | undefined>[] = []
    const [request, response] = await left((...exchange) => {
      exchange[1].sendDate = false
      Object.defineProperty(exchange[0], 'rawHeaders', { enumerable: false, writable: false })
      before.push(...exchange.map(propertiesOf))
    })
    for (const [i, one] of [request, response].entries()) {
      const now = propertiesOf(one)
      for (const [name, property] of before.slice(-4)[i] ?? [])
        if (name === 'rawHeaders' || name === 'sendDate') expect(now.get(name)).toEqual(property)
        else expect(now.has(name), String(name)).toBe(true)
    }
    expect(response.sendDate).toBe(false)
  })

  it('keep a property that is computed, that cannot be deleted or that could not be given back', async () => {
    const [computed] = await left((request) => {
      Object.defineProperty(request, 'rawHeaders', { configurable: true, get: () => ['host', 'computed'] })
    })
    expect(Object.getOwnPropertyDescriptor(computed, 'rawHeaders')?.get).toBeTypeOf('function')
    const [fixed] = await left((request) => {
      Object.defineProperty(request, 'rawHeaders', { configurable: false, value: ['host', 'fixed'] })
    })
    expect(fixed.rawHeaders).toEqual(['host', 'fixed'])
    const request = Object.setPrototypeOf(
      new http.IncomingMessage(new net.Socket()),
      Object.create(http.IncomingMessage.prototype),
    )
    Object.preventExtensions(request)
    shareHiddenClass(request, new http.ServerResponse(request))
    expect(Object.hasOwn(request, 'rawHeaders')).toBe(true)
  })

  it('leave a response that inherits from theirs without a property of its own', async () => {
    const inner: ServerResponse[] = []
    await behind((request, response, next) => {
      const derived: ServerResponse = Object.create(response)
      shareHiddenClass(request, derived)
      inner.push(derived)
      next()
    })
    expect(inner.length).toBeGreaterThan(0)
    for (const one of inner) expect(Reflect.ownKeys(one)).toEqual([])
  })
})

function propertiesOf(one: object): Map<string | symbol, PropertyDescriptor | undefined> {
  return new Map(Reflect.ownKeys(one).map((name) => [name, Object.getOwnPropertyDescriptor(one, name)]))
}

it("Node's own, and those of a class of the application's, stay as they are", async () => {
  class Own extends http.IncomingMessage {}
  for (const IncomingMessage of [http.IncomingMessage, Own]) {
    const server = http.createServer({ IncomingMessage }, (request, response) => {
      shareHiddenClass(request, response)
      response.end(String(isFast(request) && isFast(response)))
    })
    const port = await portOf(server)
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('true')
  }
})
