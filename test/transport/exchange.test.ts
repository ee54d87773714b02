import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { afterEach, describe, expect, it } from 'vitest'
import type { BodyInit } from '../../src/core/body.js'
import { clientCall } from '../../src/core/call.js'
import { tellOn } from '../../src/core/teller.js'
import type { Visit } from '../../src/core/visit.js'
import { fakeClock } from '../../src/testing/fake-clock.js'
import { createTransport, undiciTransport } from '../../src/transport/index.js'
import { Pool } from '../../src/transport/pool.js'
import { wireRequest } from '../../src/transport/wire-request.js'

const poolOptions = {
  origin: new URL('http://127.0.0.1'),
  client: {},
  connect: (): never => {
    throw new Error('nobody connects')
  },
  maxAgeMs: undefined,
  clock: fakeClock(),
}

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function upstream(handler: http.RequestListener): Promise<string> {
  const server = http.createServer(handler)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    server.closeAllConnections()
    return new Promise((done) => server.close(done))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function transport(): ReturnType<typeof undiciTransport> {
  const made = undiciTransport()
  closers.push(() => made.destroy())
  return made
}

async function* failing(): AsyncGenerator<string> {
  yield 'a'
  throw new Error('disk')
}

function destroyed(error?: Error): Readable {
  const stream = new Readable({ read: () => {} })
  stream.on('error', () => {})
  stream.destroy(error)
  return stream
}

describe('a request body that its caller cannot bring to its end is no failure of the endpoint', () => {
  const bodies: [string, () => BodyInit][] = [
    ['a generator that throws', failing],
    ['a factory whose stream fails', () => failing],
    [
      'a factory that throws',
      () => () => {
        throw new Error('disk')
      },
    ],
    ['a stream that has failed before', () => destroyed(new Error('disk'))],
    ['a stream that was destroyed', () => destroyed()],
    ['a stream of objects', () => Readable.from([{ a: 1 }])],
  ]
  it.each(bodies)('%s', async (_name, body) => {
    const url = await upstream((request, response) => request.resume().on('end', () => response.end()))
    const sent = transport()(clientCall({ url, method: 'POST', body: body() }))
    await expect(sent).rejects.toMatchObject({ code: 'ERR_MESH_ABORTED', origin: 'local', retryable: false })
  })

  it('a connection that breaks during an upload still is one', async () => {
    const url = await upstream((request) => request.once('data', () => request.socket.resetAndDestroy()))
    const body = (): Readable =>
      new Readable({
        read() {
          setImmediate(() => this.push(Buffer.alloc(64 * 1024)))
        },
      })
    await expect(transport()(clientCall({ url, method: 'POST', body }))).rejects.toMatchObject({
      code: 'ERR_MESH_RESET_BEFORE_RESPONSE',
      origin: 'upstream',
    })
  })

  it('a body shorter than its declared length is a bad request', async () => {
    const url = await upstream((request) => request.resume())
    const call = clientCall({
      url,
      method: 'POST',
      headers: { 'content-length': '5' },
      body: Readable.from([Buffer.from('abc')]),
    })
    await expect(transport()(call)).rejects.toMatchObject({ code: 'ERR_MESH_BAD_REQUEST' })
  })
})

describe('the Host header', () => {
  it('is the authority, or the one that the caller wrote, and goes out once', async () => {
    const url = await upstream((request, response) => response.end(JSON.stringify(request.headersDistinct.host)))
    const send = transport()
    const hosts = async (headers: Record<string, string>): Promise<unknown> =>
      (await send(clientCall({ url, headers }))).body.json()
    expect(await hosts({})).toEqual([url.slice('http://'.length)])
    expect(await hosts({ Host: 'other.example' })).toEqual(['other.example'])
  })

  it('costs no list of its own where the connections write it', () => {
    const call = clientCall({ service: 'reviews', headers: { 'x-a': '1' } })
    const lane = { answers: 0, authority: 'reviews', retire() {}, pool: new Pool(poolOptions, 1) }
    expect(wireRequest(call, lane, 0).headers).toBe(call.headers.raw)
    expect(wireRequest(call, { ...lane, authority: 'other' }, 0).headers).toEqual(['host', 'reviews', 'x-a', '1'])
  })

  it.each([
    ['what the connections write by themselves', ['reviews', 'reviews', 'ratings', 'reviews']],
    ['a name that no URL keeps as it is', ['Reviews', 'reviews:80', 'a_b', 'Reviews']],
    ['an address', ['[::1]:8080', '127.0.0.1', '[::1]:8080']],
    ['with user information, which is no business of ours', ['user:pw@svc', 'svc']],
  ])('is the authority byte for byte: %s', async (_, authorities) => {
    const url = await upstream((request, response) => response.end(JSON.stringify(request.headersDistinct.host)))
    const { host, hostname, port } = new URL(url)
    const endpoint = { id: host, scheme: 'http', host: hostname, port: Number(port), origin: url } as const
    const pools = createTransport()
    const seen: unknown[] = []
    for (const authority of authorities) {
      const call = Object.assign(clientCall({ service: authority }), { endpoint })
      seen.push(await (await pools.send(call)).body.json())
    }
    await pools.close()
    expect(seen).toEqual(authorities.map((authority) => [authority]))
  })
})

describe('somebody who watches undici', () => {
  it('sees where exchanges really go', async () => {
    const url = await upstream((_request, response) => response.end())
    const { host, hostname, port } = new URL(url)
    const endpoint = { id: host, scheme: 'http', host: hostname, port: Number(port), origin: `http://${host}` } as const
    const seen: unknown[] = []
    const watch = (message: unknown): void =>
      void seen.push((message as { request: { origin: string } }).request.origin)
    subscribe('undici:request:create', watch)
    const pools = createTransport()
    try {
      await (await pools.send(Object.assign(clientCall({ service: 'reviews' }), { endpoint }))).body.bytes()
    } finally {
      unsubscribe('undici:request:create', watch)
      await pools.close()
    }
    expect(seen).toEqual([`http://${host}`])
  })
})

describe('a visit that throws', () => {
  const told = async (visit: Partial<Visit>, answer: http.RequestListener): Promise<unknown> => {
    const { host, hostname, port } = new URL(await upstream(answer))
    const endpoint = { id: host, scheme: 'http', host: hostname, port: Number(port), origin: `http://${host}` } as const
    const pools = createTransport()
    const call = Object.assign(clientCall({ service: 'reviews' }), { endpoint })
    const outcome = await tellOn(call, pools.send, { replied() {}, failed() {}, ...visit }).catch(
      (error: unknown) => error,
    )
    await pools.close()
    return outcome
  }
  const broken = (): never => {
    throw new Error('broken visit')
  }

  it('fails the call where there is a reply', async () => {
    expect(await told({ replied: broken }, (_request, response) => response.end('x'))).toMatchObject({
      message: 'broken visit',
    })
  })

  it('becomes a warning where there is none', async () => {
    const warned = once(process, 'warning')
    expect(await told({ failed: broken }, (request) => request.socket.destroy())).toMatchObject({
      name: 'MeshError',
    })
    expect(String((await warned)[0])).toContain('broken visit')
  })
})

describe('a reply whose call is cancelled before anybody reads it', () => {
  it('tells the reader why', async () => {
    const url = await upstream((_request, response) => response.write('a'))
    const call = clientCall({ url })
    const reply = await transport()(call)
    call.cancel(new Error('gone'))
    await expect(reply.body.text()).rejects.toThrow('gone')
  })
})

describe('what an exchange waits for', () => {
  /** Sends a call and asks what it waits for once it is under way. */
  async function waitsFor(
    listener: http.RequestListener,
    init: { body?: BodyInit },
    underWay: () => boolean,
  ): Promise<string | undefined> {
    const call = clientCall({ url: await upstream(listener), method: 'POST', ...init })
    const reply = transport()(call).catch(() => {})
    await expect.poll(underWay, { interval: 5 }).toBe(true)
    const { phase } = call
    call.cancel(new Error('seen'))
    await reply
    return phase
  }
  const chunk = Buffer.alloc(64 * 1024)

  it('is the peer, once everything is sent', async () => {
    let arrived = false
    const whole: http.RequestListener = (request) => void request.resume().on('end', () => (arrived = true))
    expect(await waitsFor(whole, { body: Readable.from([chunk]) }, () => arrived)).toBe('headers')
  })

  it('is the caller, while it has more to send', async () => {
    let arrived = false
    const begun: http.RequestListener = (request) => void request.once('data', () => (arrived = true))
    const body = new Readable({ read() {} })
    body.push('x')
    expect(await waitsFor(begun, { body }, () => arrived)).toBe('upload')
  })

  it('is the peer, while it takes nothing of what there is', async () => {
    const body = new Readable({ read: () => void body.push(chunk) })
    expect(
      await waitsFor(
        (request) => request.pause(),
        { body },
        () => body.isPaused(),
      ),
    ).toBe('headers')
  })

  it('is the reader, while it leaves what has come', async () => {
    const call = clientCall({ url: await upstream((_request, response) => response.end(Buffer.alloc(4 << 20))) })
    const { body } = await transport()(call)
    await expect.poll(() => body.held, { interval: 5 }).toBe(true)
    expect(call.phase).toBe('reader')
    body.cancel()
  })

  it('is its turn, before it has a connection', async () => {
    const url = await upstream(() => {})
    const send = undiciTransport({ maxConnections: 1 })
    closers.push(() => send.destroy())
    const calls = [clientCall({ url }), clientCall({ url })]
    const replies = calls.map((call) => send(call).catch(() => {}))
    expect(calls.map(({ phase }) => phase)).toEqual(['connect', 'queue'])
    for (const call of calls) call.cancel(new Error('seen'))
    await Promise.all(replies)
  })
})
