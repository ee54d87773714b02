import { getEventListeners } from 'node:events'
import net from 'node:net'
import { Readable } from 'node:stream'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { BytesOrigin } from '../../../src/adapters/fetch/body-origin.js'
import { createFetch } from '../../../src/adapters/fetch/index.js'
import { lightResponse } from '../../../src/adapters/fetch/response.js'
import { ResponseBody } from '../../../src/adapters/fetch/response-body.js'
import type { ClientCall } from '../../../src/core/call.js'
import { MeshError } from '../../../src/core/errors.js'
import { HeaderMap } from '../../../src/core/headers.js'
import { directReply, Reply } from '../../../src/core/reply.js'
import { ReplyBody } from '../../../src/core/reply-body.js'
import { undiciTransport } from '../../../src/transport/index.js'
import { startUpstream, type Upstream } from './upstream.js'

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

let upstream: Upstream
const send = undiciTransport()
const fetch = createFetch(send)

beforeAll(async () => {
  upstream = await startUpstream()
})
afterAll(async () => {
  await upstream.close()
  await send.close()
})
afterEach(() => vi.unstubAllGlobals())

const answer = (): Promise<Reply> =>
  Promise.resolve(directReply(200, { 'content-type': 'application/json' }, '{"a":1}'))

describe('what goes into the chain', () => {
  it.each([
    ['http://reviews', 'http', 'reviews', '/'],
    ['http://reviews/a%2Fb;c?d=e%20f', 'http', 'reviews', '/a%2Fb;c?d=e%20f'],
    ['https://Reviews.shop:443/a/./b/../c', 'https', 'reviews.shop', '/a/c'],
    ['http://reviews:8080/?', 'http', 'reviews:8080', '/?'],
    ['http://[::1]:3000/x#y', 'http', '[::1]:3000', '/x'],
    ['http://0x7f.1/x y', 'http', '127.0.0.1', '/x%20y'],
  ])('%s becomes %s, %s and %s', async (url, scheme, authority, path) => {
    const calls: ClientCall[] = []
    const recording = createFetch((call) => {
      calls.push(call)
      return answer()
    })
    await recording(url)
    expect(calls[0]).toMatchObject({ method: 'GET', scheme, authority, path, service: '' })
  })

  it('`prepare` sees each hop, and what it sets holds for that hop', async () => {
    const seen: string[] = []
    const prepared = createFetch(send, {
      prepare: (call) => {
        seen.push(call.path)
        call.headers.set('x-hop', String(seen.length))
      },
    })
    const response = await prepared(`${upstream.url}/redirect?to=/echo`)
    expect(seen).toEqual(['/redirect?to=/echo', '/echo'])
    expect(await response.json()).toMatchObject({ headers: { 'x-hop': '2' } })
  })

  it('what a chain does to the headers of one hop does not reach the next', async () => {
    const own = createFetch((call) => {
      call.headers.append('x-trace', call.path)
      return send(call)
    })
    const response = await own(`${upstream.url}/redirect?to=/echo`)
    expect(await response.json()).toMatchObject({ headers: { 'x-trace': '/echo' } })
  })

  it.each([
    ['a string', 'text', 'bytes'],
    ['bytes', new Uint8Array(3), 'bytes'],
    ['URLSearchParams', new URLSearchParams('a=b'), 'bytes'],
    ['a Blob', new Blob(['x']), 'factory'],
    ['FormData', new FormData(), 'factory'],
    ['a stream', new ReadableStream(), 'stream'],
  ])('%s can be replayed if anything can', async (_name, body, kind) => {
    const calls: ClientCall[] = []
    const recording = createFetch((call) => {
      calls.push(call)
      return answer()
    })
    const init: object = { method: 'POST', body, duplex: 'half' }
    await recording('http://x/', init)
    expect(calls[0]?.body.kind).toBe(kind)
  })

  it('bytes are copied: what the caller does to them afterwards does not go out', async () => {
    const bytes = new TextEncoder().encode('before')
    const calls: ClientCall[] = []
    const recording = createFetch((call) => {
      calls.push(call)
      return answer()
    })
    const pending = recording('http://x/', { method: 'POST', body: bytes })
    bytes.fill(0)
    await pending
    const body = calls[0]?.body
    expect(body?.kind === 'bytes' && Buffer.from(body.bytes).toString()).toBe('before')
  })
})

describe('the quick path', () => {
  it('makes no WHATWG object for a string, plain headers and a body read as JSON', async () => {
    const forbidden = (): never => {
      throw new Error('a WHATWG object was made')
    }
    const quick = createFetch(answer)
    await (await quick('http://reviews/')).text()
    for (const name of ['Request', 'Headers', 'URL', 'ReadableStream', 'AbortController', 'FormData', 'Blob'])
      vi.stubGlobal(
        name,
        class {
          constructor() {
            forbidden()
          }
        },
      )
    const response = await quick('http://reviews/api?x=1', { method: 'POST', headers: { 'X-A': 'b' }, body: '{}' })
    expect(await response.json()).toEqual({ a: 1 })
    await expect(quick('http://reviews/ä')).rejects.toMatchObject({ cause: { message: 'a WHATWG object was made' } })
  })
})

describe('errors', () => {
  const codes: [string, string, () => Promise<unknown>][] = [
    ['a refused connection', 'ERR_MESH_CONNECT', () => fetch('http://127.0.0.1:1/')],
    ['a reset', 'ERR_MESH_RESET_BEFORE_RESPONSE', () => fetch(`${upstream.url}/refuse`)],
    ['a body that is cut', 'ERR_MESH_TRUNCATED', async () => (await fetch(`${upstream.url}/cut`)).text()],
    [
      'a stream that is cut',
      'ERR_MESH_TRUNCATED',
      async () => {
        for await (const _ of (await fetch(`${upstream.url}/cut`)).body ?? []);
      },
    ],
    [
      'an unexpected redirect',
      'ERR_MESH_PROTOCOL',
      () => fetch(`${upstream.url}/redirect?to=/echo`, { redirect: 'error' }),
    ],
    ['too many redirects', 'ERR_MESH_PROTOCOL', () => fetch(`${upstream.url}/loop?left=21`)],
    [
      'a stream that would have to be sent twice',
      'ERR_MESH_BODY_USED',
      () => {
        const init: object = { method: 'POST', body: new Blob(['x']).stream(), duplex: 'half' }
        return fetch(`${upstream.url}/redirect?code=307&to=/echo`, init)
      },
    ],
    [
      'F20 six content codings',
      'ERR_MESH_PROTOCOL',
      () => fetch(`${upstream.url}/encoded?header=${'gzip,'.repeat(5)}gzip`),
    ],
    [
      'a body that does not decode',
      'ERR_MESH_PROTOCOL',
      async () => (await fetch(`${upstream.url}/encoded?text=plain&header=gzip`)).text(),
    ],
    ['a wrong digest', 'ERR_MESH_PROTOCOL', () => fetch(`${upstream.url}/echo`, { integrity: 'sha512-x' })],
  ]
  it.each(codes)('%s is a TypeError whose cause is %s', async (_name, code, run) => {
    const error: unknown = await run().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(TypeError)
    expect(error).toMatchObject({ cause: { code } })
    expect(error instanceof Error && error.cause).toBeInstanceOf(MeshError)
  })

  it('a password in a URL is not repeated', async () => {
    for (const url of ['http://user:secret@host/', 'http://user:secret@[bad/']) {
      const error: unknown = await fetch(url).catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(TypeError)
      expect(JSON.stringify([String(error), error instanceof Error && String(error.cause)])).not.toContain('secret')
    }
  })
})

describe('redirects', () => {
  it('F21 credentials never reach another origin, those of a mesh included', async () => {
    const headers = {
      Authorization: 'Bearer x',
      Cookie: 'a=b',
      'Proxy-Authorization': 'y',
      'X-Forwarded-Client-Cert': 'By=spiffe://a',
      'x-kept': '1',
    }
    const away = `${upstream.url}/redirect?code=307&to=${encodeURIComponent(`${upstream.otherOrigin}/echo`)}`
    const seen: unknown = await (await fetch(away, { headers })).json()
    expect(seen).toMatchObject({ headers: { 'x-kept': '1' } })
    expect(Object.keys(JSON.parse(JSON.stringify(seen)).headers)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/authorization|cookie|cert/)]),
    )
    const home: unknown = await (await fetch(`${upstream.url}/redirect?to=/echo`, { headers })).json()
    expect(home).toMatchObject({ headers: { authorization: 'Bearer x', cookie: 'a=b' } })
  })

  it('a form is sent again byte for byte', async () => {
    const form = new FormData()
    form.set('a', '1')
    form.set('file', new File(['x'.repeat(100_000)], 'x.txt'))
    const response = await fetch(`${upstream.url}/redirect?code=307&to=/form`, { method: 'POST', body: form })
    expect(await response.json()).toEqual([
      ['a', '1'],
      ['file', 'x.txt', 'application/octet-stream', 'x'.repeat(100_000)],
    ])
  })

  it('as many as `maxRedirects` are followed', async () => {
    const short = createFetch(send, { maxRedirects: 2 })
    expect(await (await short(`${upstream.url}/loop?left=2`)).text()).toBe('there')
    await expect(short(`${upstream.url}/loop?left=3`)).rejects.toThrow('fetch failed')
  })

  it('keep their connection, be the body that nobody reads small or large', async () => {
    const single = undiciTransport({ maxConnections: 1 })
    const own = createFetch(single)
    const before = upstream.requests.length
    await (await own(`${upstream.url}/loop?left=5`)).text()
    await (await own(`${upstream.url}/redirect?size=100000&to=/echo`)).text()
    await own(`${upstream.url}/redirect?size=100000&to=/echo`, { redirect: 'error' }).catch(() => {})
    await (await own(`${upstream.url}/echo`)).text()
    await single.close()
    expect(new Set(upstream.requests.slice(before).map((request) => request.socket)).size).toBe(1)
  })
})

describe("the caller's signal", () => {
  it('has one listener while a body is under way and none after it', async () => {
    const { signal } = new AbortController()
    const listeners = (): number => getEventListeners(signal, 'abort').length
    const pending = fetch(`${upstream.url}/chunks`, { signal })
    expect(listeners()).toBe(1)
    const response = await pending
    expect(listeners()).toBe(1)
    await response.text()
    expect(listeners()).toBe(0)
  })

  it.each([
    ['a failed call', (init: RequestInit) => fetch(`${upstream.url}/refuse`, init)],
    [
      'a reply that is refused',
      (init: RequestInit) => fetch(`${upstream.url}/redirect?to=/x`, { ...init, redirect: 'error' }),
    ],
    ['too many codings', (init: RequestInit) => fetch(`${upstream.url}/encoded?header=${'a,'.repeat(9)}`, init)],
    ['a cancelled body', async (init: RequestInit) => (await fetch(`${upstream.url}/stall`, init)).body?.cancel()],
    ['a reply without body', (init: RequestInit) => fetch(`${upstream.url}/status?code=204`, init)],
  ])('has none after %s', async (_name, run) => {
    const { signal } = new AbortController()
    await run({ signal }).catch(() => {})
    await new Promise((resolve) => setImmediate(resolve))
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })

  it('serves a hundred calls at once without a warning', async () => {
    const { signal } = new AbortController()
    await Promise.all(Array.from({ length: 100 }, async () => (await fetch(`${upstream.url}/echo`, { signal })).text()))
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })

  it('also ends a call that is not yet made, since the body of its Request is being looked at', async () => {
    const controller = new AbortController()
    const init = { method: 'POST', body: 'x', signal: controller.signal }
    const pending = fetch(new Request(`${upstream.url}/silent`, init))
    controller.abort('enough')
    await expect(pending).rejects.toBe('enough')
  })

  it.each([
    ['the reply', '/silent', (pending: Promise<Response>) => pending],
    ['the body', '/stall', async (pending: Promise<Response>) => (await pending).text()],
  ])(
    'ends the wait for %s when its Request is held by nobody else and garbage is collected',
    async (...[, path, wait]) => {
      const controller = new AbortController()
      const before = upstream.requests.length
      const pending = fetch(new Request(`${upstream.url}${path}`, { signal: controller.signal }))
      await vi.waitFor(() => expect(upstream.requests.length).toBe(before + 1))
      if (path === '/stall') await pending
      collect()
      const ended = wait(pending)
      controller.abort('enough')
      await expect(ended).rejects.toBe('enough')
    },
  )

  it('cancels the stream that was being sent', async () => {
    let cancelled: unknown
    const stream = (): ReadableStream =>
      new ReadableStream({
        start: (source) => source.enqueue(Buffer.from('begun')),
        cancel: (reason) => {
          cancelled = reason ?? 'cancelled'
        },
      })
    for (const wrap of [false, true]) {
      cancelled = undefined
      const own = new AbortController()
      const init: object = { method: 'POST', body: stream(), duplex: 'half', signal: own.signal }
      const url = `${upstream.url}/silent`
      const pending = wrap ? fetch(new Request(url, init)) : fetch(url, init)
      setTimeout(() => own.abort('enough'), 30)
      await expect(pending).rejects.toBe('enough')
      await vi.waitFor(() => expect(cancelled).toBeDefined())
    }
  })

  it('cancels the stream of a call that finds no connection', async () => {
    const cancel = vi.fn()
    const body = new ReadableStream({ cancel })
    const sent = fetch('http://127.0.0.1:1/', { method: 'POST', body, duplex: 'half' })
    await expect(sent).rejects.toMatchObject({ cause: { code: 'ERR_MESH_CONNECT' } })
    await vi.waitFor(() => expect(cancel).toHaveBeenCalledOnce())
  })

  it('puts away a stream of Node of a call that was refused before it was sent', async () => {
    const body = new Readable({ read() {} })
    const init: object = { method: 'POST', body, duplex: 'half' }
    const refusing = createFetch(() => Promise.reject(new Error('refused')))
    await expect(refusing('http://reviews/', init)).rejects.toThrow('fetch failed')
    expect(body.destroyed).toBe(true)
  })

  it('cancels the stream of a call that was refused before it was sent', async () => {
    const refused = new Error('refused')
    let cancelled: unknown
    const stream = new ReadableStream({
      cancel: (reason) => {
        cancelled = reason
      },
    })
    const init: object = { method: 'POST', body: stream, duplex: 'half' }
    const refusing = createFetch(() => Promise.reject(refused))
    await expect(refusing('http://x/', init)).rejects.toMatchObject({ cause: refused })
    expect(cancelled).toBe(refused)
  })

  it('ends the call in the chain, not only the promise', async () => {
    const controller = new AbortController()
    const calls: ClientCall[] = []
    const watched = createFetch((call) => {
      calls.push(call)
      return send(call)
    })
    const pending = watched(`${upstream.url}/silent`, { signal: controller.signal })
    controller.abort('enough')
    await expect(pending).rejects.toBe('enough')
    expect(calls[0]).toMatchObject({ cancelled: true, reason: 'enough' })
  })
})

describe('a response', () => {
  it('slows its sender down while its stream is not read', async () => {
    let written = 0
    const server = net.createServer((socket) => {
      socket.on('error', () => {})
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n')
      const chunk = Buffer.alloc(64 * 1024)
      const more = (): void => {
        while (socket.writable && socket.write(chunk)) written += chunk.length
        socket.once('drain', more)
      }
      more()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const response = await fetch(`http://127.0.0.1:${port}/`)
    const reader = response.body?.getReader()
    await reader?.read()
    let before = -1
    // Only what the kernel's buffers hold gets through.
    while (written !== before) {
      before = written
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    expect(written).toBeLessThan(50_000_000)
    await reader?.cancel()
    await new Promise((resolve) => server.close(resolve))
  })

  it('does not share memory with its clone, nor with the reply', async () => {
    const bytes = new TextEncoder().encode('abc')
    const own = createFetch(() => Promise.resolve(new Reply(200, new HeaderMap(), ReplyBody.of(bytes))))
    const first = await own('http://x/')
    const second = first.clone()
    const third = second.clone()
    new Uint8Array(await first.arrayBuffer()).fill(0)
    new Uint8Array(await second.arrayBuffer()).fill(0)
    expect(await third.text()).toBe('abc')
  })

  it('is made in less than 2 µs', async () => {
    const { headers } = await answer()
    const head = { status: 200, statusText: 'OK', headers, url: 'http://x/', redirected: false, type: 'basic' } as const
    const round = (): number => {
      const rounds = 10_000
      const started = process.cpuUsage()
      for (let i = 0; i < rounds; i++) lightResponse(head, new ResponseBody(new BytesOrigin(new Uint8Array(0))))
      return process.cpuUsage(started).user / rounds
    }
    expect(Math.min(...Array.from({ length: 10 }, round))).toBeLessThan(2)
  })

  it.each([
    ['a response', (response: Response) => expect(response.status).toBe(200)],
    ['a response and its stream', (response: Response) => expect(response.body?.locked).toBe(false)],
    ['a response and its clone', (response: Response) => expect(response.clone().status).toBe(200)],
  ])('%s that nobody reads gives its connection up when it is forgotten', async (_name, look) => {
    const before = upstream.requests.length
    await fetch(`${upstream.url}/stall`).then((response) => void look(response))
    const request = upstream.requests[before]
    for (let i = 0; i < 100 && request?.socket.destroyed === false; i++) {
      await new Promise((resolve) => setTimeout(resolve, 20))
      collect()
    }
    expect(request?.socket.destroyed).toBe(true)
  })
})
