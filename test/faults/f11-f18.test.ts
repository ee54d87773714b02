import type { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import type { ServiceConfig } from '../../src/config/service.js'
import { type FaultStep, type FaultyServer, fakeClock } from '../../src/testing/index.js'
import { outcome } from './outcomes.js'
import { type ApiMesh, endpointsOf, expectNothingLeaks, meshTo, serving } from './scaffold.js'

expectNothingLeaks()

const timeoutMs = 1_000
const retry: ServiceConfig['retry'] = { attempts: 2, on: ['5xx'], budget: false, backoff: { base: 1, max: 1 } }

describe('F11 reply headers of more than 16 KiB', () => {
  const overflow: FaultStep = { raw: `HTTP/1.1 200 OK\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`, ending: 'keep' }

  it('are ERR_MESH_PROTOCOL, for the reason "headers", and the connection is given up', async () => {
    const server = await serving(overflow)
    const failed = meshTo([server]).request({ service: 'api' })
    await expect(failed).rejects.toMatchObject({ code: 'ERR_MESH_PROTOCOL', status: 502, detail: 'headers' })
    await expect.poll(() => server.open).toBe(0)
  })

  it('make no storm: an endpoint is asked once, and every other once', async () => {
    const servers = [await serving(overflow), await serving(overflow)]
    expect(await outcome(meshTo(servers, { retry: { ...retry, attempts: 5 } }))).toBe('ERR_MESH_PROTOCOL')
    expect(servers.map(({ requests }) => requests.length)).toEqual([1, 1])
  })
})

/** Writes a piece again and again until the connection ends; real time, since the other side of a socket is. */
function endless(first: string, piece: string): (socket: Socket) => void {
  return function drip(socket) {
    socket.write(first)
    const timer = setInterval(() => socket.write(piece), 2)
    socket.once('close', () => clearInterval(timer))
  }
}

const dripping: [string, (socket: Socket) => void, 'headers' | 'body'][] = [
  ['F12 headers that come a line at a time', endless('HTTP/1.1 200 OK\r\n', 'x-slow: 1\r\n'), 'headers'],
  ['F13 endless informational replies', endless('', 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'), 'headers'],
  ['F14 a body that drips', endless('HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n', 'x'), 'body'],
  [
    'F14 a chunked body that drips',
    endless('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n', '1\r\nx\r\n'),
    'body',
  ],
]
describe.each(dripping)('%s', (_name, step, phase) => {
  async function hanging() {
    const clock = fakeClock()
    let gone = false
    const server: FaultyServer = await serving({
      play(socket) {
        socket.once('close', () => {
          gone = true
        })
        step(socket)
      },
    })
    const mesh: ApiMesh = meshTo([server], { timeout: timeoutMs, retry }, { clock })
    let failed: unknown
    const ended = mesh
      .request({ service: 'api' })
      .then((reply) => reply.body.bytes())
      .catch((error: unknown) => {
        failed = error
      })
    await expect.poll(() => server.requests.length).toBe(1)
    // Some of it has come.
    await new Promise((resolve) => setTimeout(resolve, 30))
    return { clock, server, mesh, ended, failure: () => failed, gone: () => gone }
  }

  it('ends at the deadline and not later, and so does its connection', async () => {
    const { clock, server, mesh, ended, failure, gone } = await hanging()
    await clock.advance(timeoutMs - 1)
    expect(failure()).toBeUndefined()
    await clock.advance(1 + Math.max(25, timeoutMs * 0.05))
    await ended
    expect(failure()).toMatchObject({ code: 'ERR_MESH_TIMEOUT', phase })
    expect(server.requests).toHaveLength(1)
    expect(endpointsOf(mesh)).toMatchObject([{ active: 0 }])
    await expect.poll(() => gone()).toBe(true)
  })
})

describe('F13 informational replies as fast as they can be sent', () => {
  it('are ERR_MESH_PROTOCOL after a thousand, however long the deadline', async () => {
    const server = await serving({ raw: 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(1_001), ending: 'keep' })
    await expect(meshTo([server]).request({ service: 'api' })).rejects.toMatchObject({ code: 'ERR_MESH_PROTOCOL' })
    const many = `${'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(1_000)}HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n`
    expect(await outcome(meshTo([await serving({ raw: many, ending: 'keep' })]))).toBe(200)
  })
})

describe('F16 more comes than was asked for', () => {
  const answer = (id: string): string => `HTTP/1.1 200 OK\r\ncontent-length: ${id.length}\r\n\r\n${id}`
  const unasked: [string, string][] = [
    ['a second reply', answer('EVIL')],
    ['bytes after the reply', 'EVIL'],
  ]
  it.each(unasked)('%s reaches nobody: 0 of 1,000 replies are another call’s', async (_name, more) => {
    const server = await serving(({ headers }, n) => ({
      raw: `${answer(headers.get('x-id') ?? '')}${n % 2 === 0 ? more : ''}`,
      ending: 'keep',
    }))
    const mesh = meshTo([server])
    let next = 0
    const wrong: string[] = []
    async function caller(): Promise<void> {
      while (next < 1_000) {
        const id = `id-${next++}`
        const reply = await mesh.request({ service: 'api', headers: { 'x-id': id } })
        const text = await reply.body.text()
        if (text !== id) wrong.push(text)
      }
    }
    await Promise.all(Array.from({ length: 10 }, caller))
    expect(wrong).toEqual([])
    expect(server.connections).toBeGreaterThan(400)
  })

  it('a reply that comes unasked, after the exchange, ends the connection', async () => {
    const server = await serving([
      {
        play(socket) {
          socket.write(answer('mine'), () => setTimeout(() => socket.write(answer('EVIL')), 10))
        },
      },
      { reply: 200, body: 'mine too' },
    ])
    const mesh = meshTo([server])
    const text = async (): Promise<string> => (await mesh.request({ service: 'api' })).body.text()
    expect(await text()).toBe('mine')
    await expect.poll(() => server.open).toBe(0)
    expect(await text()).toBe('mine too')
  })
})

const odd: [string, string][] = [
  ['F17 status 099', 'HTTP/1.1 099 Low\r\ncontent-length: 0\r\n\r\n'],
  ['F18 status 999', 'HTTP/1.1 999 High\r\ncontent-length: 2\r\n\r\nok'],
  ['F18 status 600', 'HTTP/1.1 600 High\r\ncontent-length: 2\r\n\r\nok'],
  ['F18 an upgrade that nobody asked for', 'HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'],
]
describe.each(odd)('%s', (_name, raw) => {
  it('is ERR_MESH_PROTOCOL, for mesh.fetch too, and its connection is not used again', async () => {
    const server = await serving(({ path }) => (path === '/fine' ? { reply: 200 } : { raw, ending: 'keep' }))
    const mesh = meshTo([server])
    await expect(mesh.request({ service: 'api' })).rejects.toMatchObject({ code: 'ERR_MESH_PROTOCOL', status: 502 })
    const error: unknown = await mesh.fetch('http://api/').catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ message: 'fetch failed', cause: { code: 'ERR_MESH_PROTOCOL' } })
    expect(await outcome(mesh, { path: '/fine' })).toBe(200)
    expect(server.requests.map(({ nth }) => nth)).toEqual([1, 1, 1])
  })
})

describe('F18 replies of doubtful length', () => {
  it('what follows a 204 is no body, and ends the connection', async () => {
    const server = await serving([
      {
        play(socket) {
          socket.write('HTTP/1.1 204 No Content\r\n\r\n', () => setTimeout(() => socket.write('EVIL'), 10))
        },
      },
      { reply: 200, body: 'fine' },
    ])
    const mesh = meshTo([server])
    const reply = await mesh.request({ service: 'api' })
    expect([reply.status, await reply.body.text()]).toEqual([204, ''])
    await expect.poll(() => server.open).toBe(0)
    expect(await outcome(mesh)).toBe(200)
  })

  it.each([
    ['HTTP/1.0', 'HTTP/1.0 200 OK\r\n\r\nall of it'],
    ['HTTP/1.1 without a length', 'HTTP/1.1 200 OK\r\n\r\nall of it'],
  ])('the end of the connection is the end of the body (%s), and a reset is not', async (_name, raw) => {
    const server = await serving([{ raw }, { raw, ending: 'reset' }])
    const mesh = meshTo([server])
    expect(await (await mesh.request({ service: 'api' })).body.text()).toBe('all of it')
    const cut = await mesh.request({ service: 'api' })
    await expect(cut.body.text()).rejects.toMatchObject({ code: 'ERR_MESH_TRUNCATED' })
  })
})
