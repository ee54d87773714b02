import { Readable } from 'node:stream'
import { afterEach, describe, expect, it } from 'vitest'
import type { BodyInit } from '../../src/core/body.js'
import { type ClientCall, type ClientCallInit, clientCall } from '../../src/core/call.js'
import type { EndpointRef } from '../../src/core/endpoint.js'
import { type FaultStep, type FaultyServer, faultyServer } from '../../src/testing/index.js'
import { createTransport, type Transport } from '../../src/transport/index.js'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const ok: FaultStep = { reply: 200, body: 'ok' }

interface Scene {
  readonly server: FaultyServer
  readonly transport: Transport
  readonly call: (more?: Partial<ClientCallInit>) => ClientCall
  /** Sends one, and reads the reply to its end. */
  readonly exchange: (call?: ClientCall) => Promise<string>
  /** Connection and place in it of every request. */
  readonly numbers: () => string[]
}

async function scene(steps: (n: number) => FaultStep, maxConnections?: number): Promise<Scene> {
  const server = await faultyServer((_request, n) => steps(n))
  const transport = createTransport({ maxConnections })
  cleanups.push(server.close, () => transport.destroy())
  const { port, url: origin } = server
  const endpoint: EndpointRef = { id: `127.0.0.1:${port}`, scheme: 'http', host: '127.0.0.1', port, origin }
  const call = (more: Partial<ClientCallInit> = {}): ClientCall =>
    Object.assign(clientCall({ service: 'api', ...more }), { endpoint })
  return {
    server,
    transport,
    call,
    exchange: async (one = call()) => (await transport.send(one)).body.text(),
    numbers: () => server.requests.map(({ connection, nth }) => `${connection}.${nth}`),
  }
}

describe('a pool', () => {
  it('opens a connection for every call that finds none, and sends the next over the one that was freed last', async () => {
    const made = await scene((n) => (n <= 3 ? { ...ok, delayMs: [0, 5, 50, 20][n] } : ok))
    await Promise.all([made.exchange(), made.exchange(), made.exchange()])
    const last = made.server.requests[1]?.connection
    for (let i = 0; i < 3; i++) await made.exchange()
    expect(made.numbers().slice(3)).toEqual([`${last}.2`, `${last}.3`, `${last}.4`])
    expect(made.server.connections).toBe(3)
  })

  it('lets calls wait in their order where it may open no more', async () => {
    const made = await scene(() => ok, 1)
    const paths = ['/a', '/b', '/c', '/d']
    await Promise.all(paths.map((path) => made.exchange(made.call({ path }))))
    await made.exchange()
    expect(made.server.requests.slice(0, 4).map(({ path }) => path)).toEqual(paths)
    expect(made.server.connections).toBe(1)
  })

  it('never sends a call that was cancelled while it waited', async () => {
    const made = await scene(() => ok, 1)
    const waits = made.call({ path: '/cancelled' })
    const calls = [made.exchange(), made.exchange(waits), made.exchange(made.call({ path: '/c' }))]
    waits.cancel(new Error('gone'))
    expect(await Promise.allSettled(calls)).toMatchObject([
      { value: 'ok' },
      { reason: { message: 'gone' } },
      { value: 'ok' },
    ])
    expect(made.server.requests.map(({ path }) => path)).toEqual(['/', '/c'])
  })

  it('opens no connection for a call that was cancelled while it waited', async () => {
    const made = await scene(() => ({ hang: 'headers' }), 1)
    const [first, second] = [made.call(), made.call()]
    const calls = [made.transport.send(first), made.transport.send(second)]
    await expect.poll(() => made.server.requests.length).toBe(1)
    for (const call of [second, first]) call.cancel(new Error('gone'))
    await Promise.allSettled(calls)
    await made.transport.close()
    expect(made.server.connections).toBe(1)
  })

  it('keeps the connection that was opened for a call which was cancelled before', async () => {
    const made = await scene(() => ok)
    const first = made.call()
    const sent = made.transport.send(first)
    first.cancel(new Error('gone'))
    await expect(sent).rejects.toThrow('gone')
    await expect.poll(() => made.server.open).toBe(1)
    await made.exchange()
    expect(made.numbers()).toEqual(['1.1'])
  })

  it('puts away the body of a call that was cancelled before it had its connection', async () => {
    const made = await scene(() => ok)
    const body = new Readable({ read: () => {} })
    const call = made.call({ method: 'POST', body })
    const sent = made.transport.send(call)
    call.cancel(new Error('gone'))
    await expect(sent).rejects.toThrow('gone')
    await expect.poll(() => body.destroyed).toBe(true)
    await made.exchange()
    expect(made.server.requests.map(({ method }) => method)).toEqual(['GET'])
  })

  it('keeps the connection of a call that could not be sent at all', async () => {
    const made = await scene(() => ok)
    await made.exchange()
    const call = made.call()
    call.headers.append('x-a', 'a\nb')
    await expect(made.exchange(call)).rejects.toMatchObject({ code: 'ERR_MESH_BAD_REQUEST' })
    await made.exchange()
    expect(made.numbers()).toEqual(['1.1', '1.2'])
  })

  it('closes the connection of a call that was given up on its way', async () => {
    const made = await scene((n) => (n === 1 ? { hang: 'headers' } : ok))
    const call = made.call()
    const sent = made.transport.send(call)
    await expect.poll(() => made.server.requests.length).toBe(1)
    call.cancel(new Error('gone'))
    await expect(sent).rejects.toThrow('gone')
    await made.exchange()
    expect(made.numbers()).toEqual(['1.1', '2.1'])
    await expect.poll(() => made.server.open).toBe(1)
  })

  it('opens another for the call that waits when one has failed', async () => {
    const made = await scene((n) => (n === 1 ? { drop: 'reset' } : ok), 1)
    const calls = await Promise.allSettled([made.exchange(), made.exchange()])
    expect(calls).toMatchObject([{ reason: { code: 'ERR_MESH_RESET_BEFORE_RESPONSE' } }, { value: 'ok' }])
    expect(made.numbers()).toEqual(['1.1', '2.1'])
  })

  it('forgets a connection that has ended while it was idle', async () => {
    const made = await scene((n) => (n === 1 ? { ...ok, ending: 'close' } : ok))
    await made.exchange()
    await expect.poll(() => made.server.open).toBe(0)
    await made.exchange()
    expect(made.numbers()).toEqual(['1.1', '2.1'])
  })

  it('sends no call over a connection that ends with its reply while there is another', async () => {
    const made = await scene((n) => ({
      ...ok,
      delayMs: n === 2 ? 20 : 0,
      headers: n === 2 ? { connection: 'close' } : {},
    }))
    await Promise.all([made.exchange(), made.exchange()])
    await made.exchange()
    expect([made.server.connections, made.server.requests[2]?.nth]).toEqual([2, 2])
  })

  it('puts away the body of a call that was cancelled, or broken off, while it waited', async () => {
    const made = await scene(() => ({ hang: 'headers' }), 1)
    const bodies = [new Readable({ read: () => {} }), new Readable({ read: () => {} })]
    const first = made.transport.send(made.call())
    const calls = bodies.map((body) => made.call({ method: 'POST', body }))
    const sent = calls.map((call) => made.transport.send(call))
    await expect.poll(() => made.server.requests.length).toBe(1)
    calls[0]?.cancel(new Error('gone'))
    expect(bodies.map(({ destroyed }) => destroyed)).toEqual([true, false])
    const ended = made.transport.destroy()
    expect(await Promise.allSettled([first, ...sent])).toMatchObject([
      { reason: { code: 'ERR_MESH_CLOSED', service: 'api', attempts: 1 } },
      { reason: { message: 'gone' } },
      { reason: { code: 'ERR_MESH_CLOSED', service: 'api', attempts: 1 } },
    ])
    await ended
    expect(bodies.map(({ destroyed }) => destroyed)).toEqual([true, true])
  })

  it.each<[string, (body: Readable) => BodyInit]>([
    ['that was made for it', (body) => () => body],
    ['that can be sent once', (body) => body],
  ])('puts away the stream of an attempt which found no connection: %s', async (_name, init) => {
    const made = await scene(() => ok)
    await made.server.close()
    const body = new Readable({ read: () => {} })
    const call = made.call({ method: 'POST', body: init(body) })
    await expect(made.exchange(call)).rejects.toMatchObject({ code: 'ERR_MESH_CONNECT' })
    expect(body.destroyed).toBe(true)
  })

  it('takes no call after its end, not even one that brings it about', async () => {
    const made = await scene(() => ok)
    function body(): Readable {
      void made.transport.close()
      return Readable.from(['a'])
    }
    await expect(made.exchange(made.call({ method: 'POST', body }))).rejects.toMatchObject({ code: 'ERR_MESH_CLOSED' })
    expect(made.server.connections).toBe(0)
  })

  it.each([-1, 1.5, Number.NaN])('is not limited to %d connections', (maxConnections) => {
    expect(() => createTransport({ maxConnections })).toThrow(/^maxConnections: must be a whole number/)
  })

  it('sends the call that waits over another connection when the reply before it ends its own', async () => {
    const made = await scene(() => ({ ...ok, headers: { connection: 'close' } }), 1)
    expect(await Promise.all([made.exchange(), made.exchange()])).toEqual(['ok', 'ok'])
    expect(made.numbers()).toEqual(['1.1', '2.1'])
  })

  it('answers no call that waits with what came unasked after the reply before it', async () => {
    const reply = (body: string): string => `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`
    const made = await scene((n) => (n === 1 ? { raw: reply('ok') + reply('stolen'), ending: 'keep' } : ok), 1)
    expect(await Promise.all([made.exchange(), made.exchange()])).toEqual(['ok', 'ok'])
    expect(made.numbers()).toEqual(['1.1', '2.1'])
  })
})
