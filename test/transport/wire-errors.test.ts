import { afterEach, describe, expect, it } from 'vitest'
import { clientCall } from '../../src/core/call.js'
import { type FaultStep, type FaultyServer, faultyServer } from '../../src/testing/index.js'
import { undiciTransport } from '../../src/transport/index.js'

const cleanups: (() => Promise<void>)[] = []

async function serving(...plan: Parameters<typeof faultyServer>): Promise<FaultyServer> {
  const server = await faultyServer(...plan)
  cleanups.push(server.close)
  return server
}

function transport(): ReturnType<typeof undiciTransport> {
  const made = undiciTransport()
  cleanups.push(() => made.close())
  return made
}

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

describe('wire errors become MeshErrors with the right code', () => {
  it('F01 a refused connection is ERR_MESH_CONNECT, and nothing was sent', async () => {
    const server = await serving()
    await server.refuse()
    const call = clientCall({ url: server.url, method: 'POST', body: 'x' })
    await expect(transport()(call)).rejects.toMatchObject({
      code: 'ERR_MESH_CONNECT',
      flag: 'UF',
      status: 503,
      retryable: true,
    })
    expect(call.sent).toBe(false)
  })

  const failing: [string, FaultStep, string][] = [
    ['F08 FIN before any byte', { drop: 'close' }, 'ERR_MESH_RESET_BEFORE_RESPONSE'],
    ['F08 RST before any byte', { drop: 'reset' }, 'ERR_MESH_RESET_BEFORE_RESPONSE'],
    ['F10 garbage', { raw: 'SSH-2.0-nope\r\n\r\n' }, 'ERR_MESH_PROTOCOL'],
    ['F10 TLS bytes on a plain port', { raw: Buffer.from([21, 3, 3, 0, 2, 2, 40]) }, 'ERR_MESH_PROTOCOL'],
    [
      'F11 oversized headers',
      { raw: `HTTP/1.1 200 OK\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`, ending: 'keep' },
      'ERR_MESH_PROTOCOL',
    ],
    [
      'F15 two differing Content-Lengths',
      { raw: 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nabc' },
      'ERR_MESH_PROTOCOL',
    ],
    [
      'F15 Transfer-Encoding beside Content-Length',
      { raw: 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-length: 3\r\n\r\n0\r\n\r\n' },
      'ERR_MESH_PROTOCOL',
    ],
    ['F17 status 099', { raw: 'HTTP/1.1 099 Low\r\ncontent-length: 0\r\n\r\n' }, 'ERR_MESH_PROTOCOL'],
  ]
  it.each(failing)('%s', async (_name, step, code) => {
    const { url } = await serving(step)
    const read = transport()(clientCall({ url })).then((reply) => reply.body.bytes())
    await expect(read).rejects.toMatchObject({ code, origin: 'upstream' })
  })

  const midBody: [string, FaultStep][] = [
    ['F06 reset mid-body', { truncate: 3, ending: 'reset' }],
    ['F07 FIN mid-body', { truncate: 3 }],
    ['F07 cut chunked body', { truncate: 2, chunked: true }],
  ]
  it.each(midBody)('%s is ERR_MESH_TRUNCATED, never a short success', async (_name, step) => {
    const { url } = await serving(step)
    const reply = await transport()(clientCall({ url }))
    expect(reply.status).toBe(200)
    await expect(reply.body.bytes()).rejects.toMatchObject({ code: 'ERR_MESH_TRUNCATED', status: 502 })
    expect(reply.lease.error?.code).toBe('ERR_MESH_TRUNCATED')
  })

  it('a stream of a truncated body is destroyed with the error', async () => {
    const { url } = await serving({ truncate: 3 })
    const reply = await transport()(clientCall({ url }))
    const read = (async () => {
      for await (const _ of reply.body.stream());
    })()
    await expect(read).rejects.toMatchObject({ code: 'ERR_MESH_TRUNCATED' })
  })

  it('F16 a broken connection is not used again', async () => {
    const server = await serving([{ raw: 'garbage\r\n\r\n' }, { reply: 200, body: 'ok' }])
    const send = transport()
    await expect(send(clientCall({ url: server.url }))).rejects.toMatchObject({ code: 'ERR_MESH_PROTOCOL' })
    const reply = await send(clientCall({ url: server.url }))
    expect(await reply.body.text()).toBe('ok')
    expect(server.requests.map((request) => request.connection)).toEqual([1, 2])
  })

  it('F03 F05 a cancelled call ends at once with the reason it was given', async () => {
    const { url } = await serving(({ path }) => ({ hang: path === '/body' ? 'body' : 'headers' }))
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
    const server = await serving({ reply: 204 })
    const headers = { 'x-a': ['1', '2'], 'X-Case': 'kept' }
    await transport()(clientCall({ url: `${server.url}/projects/a%2Fb/../c?q=%20`, headers }))
    const [seen] = server.requests
    expect(seen?.path).toBe('/projects/a%2Fb/../c?q=%20')
    expect(seen?.headers.raw.join(' ')).toContain('x-a 1 x-a 2 X-Case kept')
  })

  it.each(['/a b', '/ä', '/a\r\nx: y', 'nope'])('refuses the path %j before anything is sent', (path) => {
    expect(() => clientCall({ service: 'x', path })).toThrow(expect.objectContaining({ code: 'ERR_MESH_BAD_PATH' }))
  })

  it('refuses a header with CRLF', async () => {
    const { url } = await serving()
    const call = clientCall({ url, headers: { 'x-a': 'b\r\nx-evil: 1' } })
    await expect(transport()(call)).rejects.toMatchObject({ code: 'ERR_MESH_BAD_REQUEST', origin: 'local' })
  })

  it('an unread small body frees its connection, a dumped large one too', async () => {
    const server = await serving(({ path }) => ({ reply: 200, body: 'x'.repeat(path === '/large' ? 100_000 : 10) }))
    const { url } = server
    const send = transport()
    await send(clientCall({ url }))
    await new Promise((resolve) => setImmediate(resolve))
    const large = await send(clientCall({ url: `${url}/large` }))
    const ended = new Promise<void>((resolve) => large.lease.hold({ release: () => resolve() }))
    large.body.dump()
    await ended
    await new Promise((resolve) => setImmediate(resolve))
    await send(clientCall({ url }))
    expect(server.connections).toBe(1)
  })

  it('a paused stream slows the sender down and still delivers every byte', async () => {
    const size = 8 * 1024 * 1024
    const { url } = await serving({ reply: 200, body: Buffer.alloc(size, 1) })
    const reply = await transport()(clientCall({ url }))
    let read = 0
    for await (const chunk of reply.body.stream()) read += chunk.length
    expect(read).toBe(size)
  })

  it('a body over its limit is ERR_MESH_RESPONSE_TOO_LARGE', async () => {
    const { url } = await serving({ reply: 200, body: 'x'.repeat(1_000_000) })
    const reply = await transport()(clientCall({ url }))
    reply.body.limit(500_000)
    await expect(reply.body.bytes()).rejects.toMatchObject({ code: 'ERR_MESH_RESPONSE_TOO_LARGE' })
  })
})
