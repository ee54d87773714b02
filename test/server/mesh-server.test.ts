import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import Fastify from 'fastify'
import { afterEach, describe, expect, it } from 'vitest'
import { createMesh } from '../../src/mesh/create-mesh.js'
import { createMeshServer, type MeshServer } from '../../src/server/mesh-server.js'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** Sends bytes as they are and gives the whole answer. */
function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write(text))
    let answer = ''
    socket.on('data', (data) => {
      answer += data.toString()
    })
    socket.on('close', () => resolve(answer))
    socket.on('error', reject)
  })
}

/** A server that answers nothing by itself, but begins to answer `/begun`. */
async function holdingServer(): Promise<{ server: MeshServer; port: number; arrived: http.ServerResponse[] }> {
  const arrived: http.ServerResponse[] = []
  const server = createMeshServer({
    tls: undefined,
    handler: (request, response) => {
      if (request.url === '/begun') response.write('x')
      arrived.push(response)
    },
  })
  const { port } = await server.listen({ host: '127.0.0.1' })
  return { server, port, arrived }
}

describe('a mesh server', () => {
  it.each([
    ['a space before the colon', 'GET / HTTP/1.1\r\nHost : h\r\n\r\n', 400],
    ['two framings', 'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n', 400],
    ['headers that are too long', `GET / HTTP/1.1\r\nHost: h\r\nx: ${'a'.repeat(17_000)}\r\n\r\n`, 431],
  ])('answers %s before it hangs up', async (_what, request, status) => {
    const server = createMeshServer({ tls: undefined, handler: (_request, response) => response.end() })
    closers.push(() => server.close())
    const { port } = await server.listen({ host: '127.0.0.1' })
    expect(await raw(port, request)).toMatch(new RegExp(`^HTTP/1.1 ${status} [^]*connection: close`, 'i'))
  })

  it('tells a call under way at the drain that the connection ends, and does not wait for it to idle', async () => {
    const { server, port, arrived } = await holdingServer()
    const agent = new http.Agent({ keepAlive: true })
    closers.push(async () => agent.destroy())
    const [waiting, begun] = ['/waiting', '/begun'].map((path) =>
      once(http.get({ port, host: '127.0.0.1', path, agent }), 'response'),
    )
    await begun
    while (arrived.length < 2) await new Promise(setImmediate)
    const closed = server.close({ timeout: 60_000 })
    for (const response of arrived) response.end()
    const [reply] = (await waiting) ?? []
    expect(reply.headers.connection).toBe('close')
    for (const [answer] of [await waiting, await begun].map((one) => one ?? [])) answer.resume()
    const drained = await Promise.race([
      closed.then(() => true),
      new Promise((resolve) => setTimeout(resolve, 2_000, false)),
    ])
    expect(drained).toBe(true)
  })

  it('tells a pipelined request that waits for its turn too', async () => {
    const { server, port, arrived } = await holdingServer()
    const answer = raw(port, 'GET /begun HTTP/1.1\r\nHost: h\r\n\r\nGET /waiting HTTP/1.1\r\nHost: h\r\n\r\n')
    while (arrived.length < 2) await new Promise(setImmediate)
    const closed = server.close({ timeout: 60_000 })
    for (const response of arrived) response.end()
    await closed
    expect(await answer).toMatch(/HTTP\/1\.1 200.*HTTP\/1\.1 200.*connection: close/is)
  })

  it('has the places of pipelined requests back once their client has hung up', async () => {
    const mesh = createMesh({ service: 'a', config: { inbound: { concurrency: { limit: 2, queue: { size: 1 } } } } })
    closers.push(() => mesh.close())
    let waiting: () => void = () => {}
    const server = mesh.server((request, response) => {
      if (request.url === '/') response.end('ok')
      else if (request.url === '/waiting') waiting()
    })
    const { port } = await server.listen({ host: '127.0.0.1' })
    for (let round = 0; round < 3; round++) {
      const arrived = new Promise<void>((resolve) => {
        waiting = resolve
      })
      const socket = net.connect(port, '127.0.0.1', () =>
        socket.write('GET /held HTTP/1.1\r\nHost: h\r\n\r\nGET /waiting HTTP/1.1\r\nHost: h\r\n\r\n'),
      )
      await arrived
      socket.destroy()
      await once(socket, 'close')
    }
    const response = await fetch(`http://127.0.0.1:${port}/`)
    expect([response.status, await response.text()]).toEqual([200, 'ok'])
  })

  it.each([
    ['a minute and a bit, longer than load balancers do', {}, 'timeout=65'],
    ['as long as it is told', { keepAliveTimeout: '7s' as const }, 'timeout=7'],
  ])('keeps idle connections for %s, and says so', async (_what, options, hint) => {
    const mesh = createMesh({ service: 'a', config: {} })
    closers.push(() => mesh.close())
    const { port } = await mesh.server((_request, response) => response.end(), options).listen({ host: '127.0.0.1' })
    const agent = new http.Agent({ keepAlive: true })
    closers.push(async () => agent.destroy())
    const [reply] = await once(http.get({ port, host: '127.0.0.1', agent }), 'response')
    reply.resume()
    expect(reply.headers['keep-alive']).toBe(hint)
  })

  it.each([
    [{ keepAliveTimeout: 'soon' }, 'keepAliveTimeout: must be a duration'],
    [{ keepAliveTimeout: '30d' }, 'keepAliveTimeout: must be a duration'],
    [{ keepAliveTimeOut: '5s' }, 'keepAliveTimeOut: is not a known option. Did you mean "keepAliveTimeout"?'],
    [{ batchReplies: false }, 'batchReplies: is not a known option'],
  ])('refuses %j', (wrong: object, message) => {
    const mesh = createMesh({ service: 'a', config: {} })
    closers.push(() => mesh.close())
    expect(() => mesh.server(() => {}, wrong)).toThrow(message)
  })

  it.each([
    ['a duration', { timeout: '60s' as const }],
    ['milliseconds, as it did before it took durations', { timeoutMs: 60_000 }],
  ])('waits for what is under way as long as it is told in %s', async (_what, options) => {
    const { server, port, arrived } = await holdingServer()
    const answer = raw(port, 'GET / HTTP/1.1\r\nHost: h\r\n\r\n')
    while (arrived.length < 1) await new Promise(setImmediate)
    const closed = server.close(options)
    // A timer of no duration would have fired by then.
    await new Promise((resolve) => setTimeout(resolve, 20))
    arrived[0]?.end('ok')
    expect(await answer).toMatch(/^HTTP\/1.1 200 /)
    await closed
  })

  it.each([
    [{ timeout: 'soon' }, 'timeout: must be a duration'],
    [{ timeout: null }, 'timeout: must be a duration'],
    [{ timeoutMs: 'soon' }, 'timeoutMs: must be a duration'],
    [{ timeoutMs: -1 }, 'timeoutMs: must be a duration'],
  ])('closes nothing for %j, and says so', async (wrong: object, message) => {
    const server = createMeshServer({ tls: undefined, handler: (_request, response) => response.end('ok') })
    closers.push(() => server.close())
    const { port } = await server.listen({ host: '127.0.0.1' })
    await expect(server.close(wrong)).rejects.toThrow(message)
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('ok')
  })

  it('does not listen any more once it is closed, though its application is ready only then', async () => {
    let load: () => void = () => {}
    const loaded = new Promise<void>((resolve) => {
      load = resolve
    })
    const server = createMeshServer({
      tls: undefined,
      handler: (_request, response) => response.end(),
      ready: () => loaded,
    })
    const listening = server.listen({ host: '127.0.0.1' })
    await server.close()
    load()
    await expect(listening).rejects.toMatchObject({ code: 'ERR_MESH_CLOSED' })
  })

  it('listens only once its application is ready, and says why it is not', async () => {
    const mesh = createMesh({ service: 'a', config: {} })
    closers.push(() => mesh.close())
    const app = Fastify()
    app.register(() => Promise.reject(new Error('no database')))
    await expect(mesh.server(app).listen()).rejects.toThrow('no database')
  })
})
