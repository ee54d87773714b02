import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import express from 'express'
import express4 from 'express4'
import { describe, expect, it, onTestFinished } from 'vitest'
import { shareHiddenClass } from '../../../src/adapters/node/hidden-class.js'

setFlagsFromString('--allow-natives-syntax')
const sameClass = new Function('one', 'other', 'return %HaveSameMap(one, other)')
const isDictionary = new Function('one', 'return !%HasFastProperties(one)')

function ownValues(one: object): Map<string | symbol, unknown> {
  return new Map(Reflect.ownKeys(one).map((name) => [name, Reflect.get(one, name)]))
}

type Exchange = readonly [request: IncomingMessage, response: ServerResponse]

/** What two requests that are under way at once are served with. */
async function twoOf(listener: (see: (...exchange: Exchange) => void) => http.RequestListener): Promise<Exchange[]> {
  const seen: Exchange[] = []
  const server = http.createServer(
    listener((...exchange) => {
      seen.push(exchange)
      if (seen.length % 2 === 0) for (const [, response] of seen.slice(-2)) response.end()
    }),
  )
  onTestFinished(() => void server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  // The first of a process are made while Node still looks for the best place of each property.
  for (let i = 0; i < 5; i++) await Promise.all([1, 2].map(() => fetch(`http://127.0.0.1:${port}/a?b`)))
  return seen.slice(-2)
}

describe.each([
  ['Express 5', express],
  ['Express 4', express4],
])('requests and responses of %s', (_name, framework) => {
  const behind = (middleware: (request: IncomingMessage, response: ServerResponse, next: () => void) => void) =>
    twoOf((see) => framework().use(middleware, see))

  it('share a hidden class', async () => {
    const [one, other] = await behind((request, response, next) => {
      shareHiddenClass(request, response)
      next()
    })
    expect([one, other].every((exchange) => exchange !== undefined)).toBe(true)
    for (const i of [0, 1] as const) expect(sameClass(one?.[i] ?? {}, other?.[i] ?? {})).toBe(true)
  })

  it('keep their properties', async () => {
    const before: Map<string | symbol, unknown>[] = []
    const after: Map<string | symbol, unknown>[] = []
    await behind((request, response, next) => {
      before.push(...[request, response].map(ownValues))
      shareHiddenClass(request, response)
      after.push(...[request, response].map(ownValues))
      next()
    })
    expect(after.length).toBeGreaterThan(0)
    for (const [i, values] of after.entries()) {
      expect(values.size).toBe(before[i]?.size)
      for (const [name, value] of values) expect(Object.is(value, before[i]?.get(name)), String(name)).toBe(true)
    }
  })
})

it("Node's own, and those of a class of the application's, stay as they are", async () => {
  class Own extends http.IncomingMessage {}
  for (const IncomingMessage of [http.IncomingMessage, Own]) {
    const server = http.createServer({ IncomingMessage }, (request, response) => {
      shareHiddenClass(request, response)
      response.end(String(isDictionary(request) || isDictionary(response)))
    })
    onTestFinished(() => void server.close())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('false')
  }
})
