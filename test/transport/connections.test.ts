import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type ClientCall, clientCall } from '../../src/core/call.js'
import type { EndpointRef } from '../../src/core/endpoint.js'
import type { Reply } from '../../src/core/reply.js'
import { fakeClock } from '../../src/testing/fake-clock.js'
import { type FaultStep, type FaultyServer, faultyServer } from '../../src/testing/index.js'
import { createTransport, type Transport } from '../../src/transport/index.js'
import { type ConnectionPoolOptions, connectionSettings } from '../../src/transport/options.js'
import type { TransportOptions } from '../../src/transport/transport.js'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

interface Scene {
  readonly server: FaultyServer
  readonly transport: Transport
  readonly send: () => Promise<Reply>
  /** Sends, and reads the reply to its end. */
  readonly exchange: () => Promise<string>
}

function callTo(port: number, more: Partial<EndpointRef> = {}): ClientCall {
  const origin = `http://127.0.0.1:${port}`
  const endpoint: EndpointRef = { id: `127.0.0.1:${port}`, scheme: 'http', host: '127.0.0.1', port, origin, ...more }
  return Object.assign(clientCall({ service: 'api' }), { endpoint })
}

async function scene(
  connections: ConnectionPoolOptions,
  options: TransportOptions = {},
  step: FaultStep = { reply: 200, body: 'ok' },
): Promise<Scene> {
  const server = await faultyServer(step)
  const transport = createTransport({ ...options, connections })
  cleanups.push(server.close, () => transport.destroy())
  const { endpoint } = callTo(server.port)
  const send = (): Promise<Reply> => transport.send(Object.assign(clientCall({ service: 'api' }), { endpoint }))
  return { server, transport, send, exchange: async () => (await send()).body.text() }
}

const numbers = ({ server }: Scene): string[] => server.requests.map(({ connection, nth }) => `${connection}.${nth}`)

describe('calls that a connection carries', () => {
  it.each([
    { maximum: 0, expected: ['1.1', '1.2', '1.3', '1.4', '1.5'] },
    { maximum: 1, expected: ['1.1', '2.1', '3.1', '4.1', '5.1'] },
    { maximum: 2, expected: ['1.1', '1.2', '2.1', '2.2', '3.1'] },
    { maximum: 3, expected: ['1.1', '1.2', '1.3', '2.1', '2.2'] },
  ])('at most $maximum: $expected', async ({ maximum, expected }) => {
    const made = await scene({ maxRequestsPerConnection: maximum }, { maxConnections: 1 })
    for (let i = 0; i < 5; i++) expect(await made.exchange()).toBe('ok')
    expect(numbers(made)).toEqual(expected)
  })

  it('the last one says that the connection ends with it', async () => {
    const made = await scene({ maxRequestsPerConnection: 2 }, { maxConnections: 1 })
    for (let i = 0; i < 2; i++) await made.exchange()
    expect(made.server.requests.map(({ headers }) => headers.get('connection'))).toEqual(['keep-alive', 'close'])
  })
})

describe('an idle connection', () => {
  it('is closed after its time', async () => {
    const made = await scene({ idleTimeout: 20 })
    await made.exchange()
    expect(made.server.open).toBe(1)
    await expect.poll(() => made.server.open).toBe(0)
  })

  it('is kept for an hour, and its pool with it', async () => {
    const clock = fakeClock()
    const made = await scene({}, { clock })
    await made.exchange()
    await clock.advance(600_000)
    expect([made.server.open, made.transport.openPools()]).toEqual([1, 1])
    await made.exchange()
    expect(numbers(made)).toEqual(['1.1', '1.2'])
  })

  it('that is gone takes its pool with it', async () => {
    const clock = fakeClock()
    const made = await scene({ idleTimeout: 20 }, { clock })
    await made.exchange()
    await expect.poll(() => made.server.open).toBe(0)
    await clock.advance(120_000)
    expect(made.transport.openPools()).toBe(0)
  })

  it('is given up before a server that said when does so', async () => {
    const server = createServer((_, response) => response.end('ok'))
    server.keepAliveTimeout = 2_050
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const transport = createTransport()
    cleanups.push(
      async () => server.close(),
      () => transport.destroy(),
    )
    const closed = new Promise<number>((resolve) =>
      server.once('connection', (socket) => {
        const start = performance.now()
        socket.once('close', () => resolve(performance.now() - start))
      }),
    )
    const reply = await transport.send(callTo((server.address() as AddressInfo).port))
    await reply.body.text()
    expect(await closed).toBeLessThan(1_500)
  })

  it.each<[ConnectionPoolOptions, number]>([
    [{}, 3_600_000],
    [{ idleTimeout: '5m' }, 300_000],
    [{ idleTimeout: 0 }, 2_147_483_647],
    [{ idleTimeout: '20000h' }, 2_147_483_647],
  ])('%j: %i ms', (options, idleMs) => {
    expect(connectionSettings(options).idleMs).toBe(idleMs)
  })
})

describe('an old connection', () => {
  it('is closed when it is idle', async () => {
    const clock = fakeClock()
    const made = await scene({ maxDuration: '10s' }, { clock })
    await made.exchange()
    await clock.advance(9_999)
    await made.exchange()
    expect(made.server.open).toBe(1)
    await clock.advance(1)
    await expect.poll(() => made.server.open).toBe(0)
    expect(await made.exchange()).toBe('ok')
    expect(numbers(made)).toEqual(['1.1', '1.2', '2.1'])
  })

  it('is closed once its call has ended, and the call that waits for it gets a new one', async () => {
    const clock = fakeClock()
    const made = await scene(
      { maxDuration: '10s' },
      { clock, maxConnections: 1 },
      { reply: 200, body: 'slow', bodyDelayMs: 60 },
    )
    const first = await made.send()
    const second = made.exchange()
    await clock.advance(10_000)
    expect(made.server.open).toBe(1)
    expect(await first.body.text()).toBe('slow')
    expect(await second).toBe('slow')
    expect(numbers(made)).toEqual(['1.1', '2.1'])
  })

  it('its successor grows old by itself', async () => {
    const clock = fakeClock()
    const made = await scene({ maxDuration: '10s' }, { clock })
    for (let i = 0; i < 3; i++) {
      await made.exchange()
      await clock.advance(10_000)
      await expect.poll(() => made.server.open).toBe(0)
    }
    expect(numbers(made)).toEqual(['1.1', '2.1', '3.1'])
    await made.transport.close()
    expect(clock.pending).toBe(0)
  })

  it('loses no call under load', async () => {
    const made = await scene({ maxDuration: 5 })
    const loops = Array.from({ length: 8 }, async () => {
      for (let i = 0; i < 60; i++) expect(await made.exchange()).toBe('ok')
    })
    await Promise.all(loops)
    expect(made.server.connections).toBeGreaterThan(8)
  })
})

/** How the kernel's keep-alive timer of the client's end stands, in seconds; undefined without one. */
async function kernelTimer(port: number): Promise<number | undefined> {
  const table = await readFile('/proc/self/net/tcp', 'ascii')
  const remote = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const row = table
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .find((fields) => fields[2] === remote && fields[3] === '01')
  const [active, jiffies] = row?.[5]?.split(':') ?? []
  return active === '02' ? Number.parseInt(jiffies ?? '0', 16) / 100 : undefined
}

describe('a connection whose handshake hangs', () => {
  it('ends with its transport', async () => {
    const server = net.createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const transport = createTransport({
      clock: fakeClock(),
      tls: () => ({ current: () => ({ generation: '1', options: {} }) }),
    })
    cleanups.push(
      async () => void server.close(),
      () => transport.destroy(),
    )
    const { endpoint } = callTo((server.address() as AddressInfo).port, { scheme: 'https' })
    const failed = expect(transport.send(Object.assign(clientCall({ service: 'api' }), { endpoint }))).rejects
    const [peer]: net.Socket[] = await once(server, 'connection')
    const ended = once(peer?.resume() ?? server, 'end')
    await transport.destroy()
    await failed.toMatchObject({ code: 'ERR_MESH_CLOSED' })
    await ended
  })
})

describe.skipIf(process.platform !== 'linux')('TCP keep-alive', () => {
  it.each([
    { options: {}, from: 50, to: 60 },
    { options: { keepAliveTime: '300s' as const }, from: 290, to: 300 },
  ])('with $options sends its first probe after $to s', async ({ options, from, to }) => {
    const made = await scene(options)
    await made.exchange()
    const seconds = await kernelTimer(made.server.port)
    expect(seconds).toBeGreaterThan(from)
    expect(seconds).toBeLessThanOrEqual(to)
  })

  it('can be turned off', async () => {
    const made = await scene({ keepAlive: false })
    await made.exchange()
    expect(await kernelTimer(made.server.port)).toBeUndefined()
  })
})

it('an endpoint with an address is called there, whatever its host is called', async () => {
  const { server, transport } = await scene({})
  const reply = await transport.send(callTo(server.port, { host: 'nowhere.invalid', address: '127.0.0.1' }))
  expect(await reply.body.text()).toBe('ok')
})
