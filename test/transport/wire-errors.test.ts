import net from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { clientCall } from '../../src/core/call.js'
import { undiciTransport } from '../../src/transport/index.js'

type Script = (socket: net.Socket, request: string) => void
const cleanups: (() => Promise<void>)[] = []

async function rawServer(script: Script): Promise<string> {
  const sockets = new Set<net.Socket>()
  const server = net.createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('data', (data) => script(socket, data.toString('latin1')))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return `http://127.0.0.1:${address.port}`
}

function transport(): ReturnType<typeof undiciTransport> {
  const made = undiciTransport()
  cleanups.push(() => made.close())
  return made
}

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n'

describe('wire errors become MeshErrors with the right code', () => {
  it('F01 a refused connection is ERR_MESH_CONNECT, and nothing was sent', async () => {
    const url = await rawServer(() => {})
    for (const cleanup of cleanups.splice(0)) await cleanup()
    const call = clientCall({ url, method: 'POST', body: 'x' })
    await expect(transport()(call)).rejects.toMatchObject({
      code: 'ERR_MESH_CONNECT',
      flag: 'UF',
      status: 503,
      retryable: true,
    })
    expect(call.sent).toBe(false)
  })

  const beforeHeaders: [string, Script, string][] = [
    ['F08 FIN before any byte', (socket) => socket.end(), 'ERR_MESH_RESET_BEFORE_RESPONSE'],
    ['F08 RST before any byte', (socket) => socket.resetAndDestroy(), 'ERR_MESH_RESET_BEFORE_RESPONSE'],
    ['F10 garbage', (socket) => socket.end('SSH-2.0-nope\r\n\r\n'), 'ERR_MESH_PROTOCOL'],
    [
      'F10 TLS bytes on a plain port',
      (socket) => socket.end(Buffer.from([21, 3, 3, 0, 2, 2, 40])),
      'ERR_MESH_PROTOCOL',
    ],
    [
      'F11 oversized headers',
      (socket) => socket.write(`HTTP/1.1 200 OK\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`),
      'ERR_MESH_PROTOCOL',
    ],
    [
      'F15 two differing Content-Lengths',
      (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nabc'),
      'ERR_MESH_PROTOCOL',
    ],
    [
      'F15 Transfer-Encoding beside Content-Length',
      (socket) => socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-length: 3\r\n\r\n0\r\n\r\n'),
      'ERR_MESH_PROTOCOL',
    ],
    ['F17 status 099', (socket) => socket.end('HTTP/1.1 099 Low\r\ncontent-length: 0\r\n\r\n'), 'ERR_MESH_PROTOCOL'],
  ]
  it.each(beforeHeaders)('%s', async (_name, script, code) => {
    const url = await rawServer(script)
    const read = transport()(clientCall({ url })).then((reply) => reply.body.bytes())
    await expect(read).rejects.toMatchObject({ code, origin: 'upstream' })
  })

  const midBody: [string, Script][] = [
    ['F06 reset mid-body', (socket) => socket.write(`${ok}abc`, () => setImmediate(() => socket.resetAndDestroy()))],
    ['F07 FIN mid-body', (socket) => socket.end(`${ok}abc`)],
    ['F07 cut chunked body', (socket) => socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab')],
  ]
  it.each(midBody)('%s is ERR_MESH_TRUNCATED, never a short success', async (_name, script) => {
    const url = await rawServer(script)
    const reply = await transport()(clientCall({ url }))
    expect(reply.status).toBe(200)
    await expect(reply.body.bytes()).rejects.toMatchObject({ code: 'ERR_MESH_TRUNCATED', status: 502 })
    expect(reply.lease.error?.code).toBe('ERR_MESH_TRUNCATED')
  })

  it('a stream of a truncated body is destroyed with the error', async () => {
    const url = await rawServer((socket) => socket.end(`${ok}abc`))
    const reply = await transport()(clientCall({ url }))
    const read = (async () => {
      for await (const _ of reply.body.stream());
    })()
    await expect(read).rejects.toMatchObject({ code: 'ERR_MESH_TRUNCATED' })
  })

  it('F16 a broken connection is not used again', async () => {
    let connections = 0
    const url = await rawServer((socket, request) => {
      if (request.startsWith('GET /bad')) socket.end('garbage\r\n\r\n')
      else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
      connections++
    })
    const send = transport()
    await expect(send(clientCall({ url: `${url}/bad` }))).rejects.toMatchObject({ code: 'ERR_MESH_PROTOCOL' })
    const reply = await send(clientCall({ url: `${url}/good` }))
    expect(await reply.body.text()).toBe('ok')
    expect(connections).toBe(2)
  })

  it('F03 F05 a cancelled call ends at once with the reason it was given', async () => {
    const url = await rawServer((socket, request) => {
      if (request.startsWith('GET /body')) socket.write(`${ok}abc`)
    })
    const send = transport()
    const silent = clientCall({ url })
    const reason = new Error('enough')
    const pending = send(silent)
    silent.cancel(reason)
    await expect(pending).rejects.toBe(reason)

    const call = clientCall({ url: `${url}/body` })
    const reply = await send(call)
    const read = reply.body.bytes()
    call.cancel(reason)
    await expect(read).rejects.toBe(reason)
    expect(reply.lease.ended).toBe(true)
  })
})

describe('the wire', () => {
  it('sends authority and path byte for byte, and header lists in order', async () => {
    let seen = ''
    const url = await rawServer((socket, request) => {
      seen = request
      socket.write('HTTP/1.1 204 No Content\r\n\r\n')
    })
    const headers = { 'x-a': ['1', '2'], 'X-Case': 'kept' }
    await transport()(clientCall({ url: `${url}/projects/a%2Fb/../c?q=%20`, headers }))
    expect(seen.split('\r\n')[0]).toBe('GET /projects/a%2Fb/../c?q=%20 HTTP/1.1')
    expect(seen).toContain('x-a: 1\r\nx-a: 2\r\nX-Case: kept\r\n')
  })

  it.each(['/a b', '/ä', '/a\r\nx: y', 'nope'])('refuses the path %j before anything is sent', (path) => {
    expect(() => clientCall({ service: 'x', path })).toThrow(expect.objectContaining({ code: 'ERR_MESH_BAD_PATH' }))
  })

  it('refuses a header with CRLF', async () => {
    const url = await rawServer(() => {})
    const call = clientCall({ url, headers: { 'x-a': 'b\r\nx-evil: 1' } })
    await expect(transport()(call)).rejects.toMatchObject({ code: 'ERR_MESH_BAD_REQUEST', origin: 'local' })
  })

  it('an unread small body frees its connection, a dumped large one too', async () => {
    let connections = 0
    const seen = new Set<net.Socket>()
    const url = await rawServer((socket, request) => {
      if (!seen.has(socket)) connections++
      seen.add(socket)
      const size = request.startsWith('GET /large') ? 100_000 : 10
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${size}\r\n\r\n${'x'.repeat(size)}`)
    })
    const send = transport()
    await send(clientCall({ url }))
    await new Promise((resolve) => setImmediate(resolve))
    const large = await send(clientCall({ url: `${url}/large` }))
    const ended = new Promise<void>((resolve) => large.lease.hold({ release: () => resolve() }))
    large.body.dump()
    await ended
    await new Promise((resolve) => setImmediate(resolve))
    await send(clientCall({ url }))
    expect(connections).toBe(1)
  })

  it('a paused stream slows the sender down and still delivers every byte', async () => {
    const size = 8 * 1024 * 1024
    const url = await rawServer((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${size}\r\n\r\n`)
      socket.write(Buffer.alloc(size, 1))
    })
    const reply = await transport()(clientCall({ url }))
    let read = 0
    for await (const chunk of reply.body.stream()) read += chunk.length
    expect(read).toBe(size)
  })

  it('a body over its limit is ERR_MESH_RESPONSE_TOO_LARGE', async () => {
    const url = await rawServer((socket) => socket.write(`${ok}0123456789`))
    const reply = await transport()(clientCall({ url }))
    const body = reply.body
    const big = await rawServer((socket) =>
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n${'x'.repeat(1_000_000)}`),
    )
    expect(await body.text()).toBe('0123456789')
    const other = await transport()(clientCall({ url: big }))
    other.body.limit(500_000)
    await expect(other.body.bytes()).rejects.toMatchObject({ code: 'ERR_MESH_RESPONSE_TOO_LARGE' })
  })
})
