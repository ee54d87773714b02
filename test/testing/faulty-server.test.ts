import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import net from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type FaultStep, type FaultyServer, faultyServer } from '../../src/testing/index.js'

const agent = new Agent({ keepAlive: true, maxSockets: 1 })
const servers: FaultyServer[] = []

async function serving(...plan: Parameters<typeof faultyServer>): Promise<FaultyServer> {
  const server = await faultyServer(...plan)
  servers.push(server)
  return server
}

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
})

async function get(server: FaultyServer, path = '/', body = '', keptBy = agent): Promise<IncomingMessage> {
  const method = body === '' ? 'GET' : 'POST'
  const sending = request({ port: server.port, host: '127.0.0.1', path, agent: keptBy, method })
  sending.end(body)
  const [response] = await once(sending, 'response')
  return response
}

function closed(socket: net.Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()))
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of response) text += chunk
  return text
}

/** Everything that comes over one connection for one request, and how the connection ended. */
async function wire(step: FaultStep): Promise<{ bytes: string; ending: 'close' | 'reset' }> {
  const server = await serving(step)
  const socket = net.connect(server.port, '127.0.0.1')
  let bytes = ''
  let ending: 'close' | 'reset' = 'close'
  socket.on('data', (data) => {
    bytes += data.toString('latin1')
  })
  socket.on('error', () => {
    ending = 'reset'
  })
  socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
  await closed(socket)
  return { bytes, ending }
}

describe('a reply', () => {
  it('has status, headers, body and trailers, and keeps the connection', async () => {
    const server = await serving({ reply: 201, headers: { 'x-a': ['1', '2'] }, body: 'ok', trailers: { 'x-t': 'z' } })
    const response = await get(server)
    expect(response.statusCode).toBe(201)
    expect(response.headers['x-a']).toBe('1, 2')
    expect(await textOf(response)).toBe('ok')
    expect(response.trailers['x-t']).toBe('z')
    await textOf(await get(server))
    expect(server.connections).toBe(1)
    expect(server.open).toBe(1)
  })

  it('may come late, and byte for byte', async () => {
    const server = await serving({ reply: 200, body: 'abc', delayMs: 20, bodyDelayMs: 20, dripMs: 20 })
    const start = performance.now()
    const response = await get(server)
    const headersMs = performance.now() - start
    expect(await textOf(response)).toBe('abc')
    const bodyMs = performance.now() - start
    expect(headersMs).toBeGreaterThanOrEqual(18)
    expect(bodyMs - headersMs).toBeGreaterThanOrEqual(60)
  })
})

describe('a fault on the wire', () => {
  it.each(['close', 'reset'] as const)('drop: %s', async (ending) => {
    expect(await wire({ drop: ending })).toEqual({ bytes: '', ending })
  })

  it.each(['close', 'reset'] as const)('truncate, with a length, then %s', async (ending) => {
    const { bytes, ending: seen } = await wire({ truncate: 3, body: 'abcdef', ending })
    expect(bytes).toBe('HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nabc')
    expect(seen).toBe(ending)
  })

  it('truncate, chunked', async () => {
    const { bytes } = await wire({ truncate: 2, body: 'abcde', chunked: true })
    expect(bytes).toBe('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab')
  })

  it('truncate: 0 breaks off right after the headers', async () => {
    expect((await wire({ truncate: 0 })).bytes).toBe('HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n')
  })

  it('a cut body is longer than what arrives of it, whatever the plan says', async () => {
    expect((await wire({ truncate: 3, body: 'abc' })).bytes).toBe('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc')
  })

  it('raw bytes go out as they are', async () => {
    expect(await wire({ raw: 'SSH-2.0-nope\r\n' })).toEqual({ bytes: 'SSH-2.0-nope\r\n', ending: 'close' })
  })

  it('play has the socket', async () => {
    expect((await wire({ play: (socket) => socket.end('bye') })).bytes).toBe('bye')
  })

  it('a reply may be followed by the end of the connection', async () => {
    const { bytes, ending } = await wire({ reply: 200, ending: 'reset' })
    expect(bytes).toContain('HTTP/1.1 200 OK')
    expect(ending).toBe('reset')
  })

  it.each([
    ['headers', ''],
    ['body', 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc'],
  ] as const)('hang: %s stays silent until the server is closed', async (hang, expected) => {
    const server = await serving({ hang })
    const socket = net.connect(server.port, '127.0.0.1').on('error', () => {})
    let bytes = ''
    socket.on('data', (data) => {
      bytes += data.toString('latin1')
    })
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
    await expect.poll(() => [server.requests.length, bytes]).toEqual([1, expected])
    expect(socket.destroyed).toBe(false)
    await Promise.all([closed(socket), server.close()])
    expect(bytes).toBe(expected)
  })
})

describe('the plan', () => {
  it('records whole requests, and tells a function which of them this is', async () => {
    const server = await serving((seen, n) => ({ reply: 200, body: `${n}: ${seen.nth} on ${seen.connection}` }))
    await textOf(await get(server, '/a%2Fb?c', 'hello'))
    expect(await textOf(await get(server, '/', 'again'))).toBe('2: 2 on 1')
    const [first] = server.requests
    expect(first).toMatchObject({ method: 'POST', path: '/a%2Fb?c', connection: 1, nth: 1 })
    expect(first?.body.toString()).toBe('hello')
    expect(first?.headers.get('host')).toBe(`127.0.0.1:${server.port}`)
  })

  it('plays the keep-alive race: gone when the second request of a connection comes', async () => {
    const server = await serving(({ nth }) => (nth > 1 ? { drop: 'reset' } : { reply: 200 }))
    await textOf(await get(server))
    await expect(get(server)).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect((await get(server)).statusCode).toBe(200)
  })
})

describe('the server', () => {
  it('refuses connections while it is told to, and comes back on its port', async () => {
    const server = await serving()
    const once = (): Promise<IncomingMessage> => get(server, '/', '', new Agent())
    await textOf(await once())
    await server.refuse()
    await expect(once()).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await server.accept()
    expect((await once()).statusCode).toBe(200)
    expect(server.connections).toBe(2)
  })

  it('breaks off what hangs when it is closed, and may be closed twice', async () => {
    const server = await serving({ hang: 'headers' })
    const pending = get(server)
    await expect.poll(() => server.requests.length).toBe(1)
    await Promise.all([server.close(), expect(pending).rejects.toThrow()])
    await server.close()
    await expect.poll(() => server.open).toBe(0)
  })
})
