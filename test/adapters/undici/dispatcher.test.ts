import http from 'node:http'
import { Readable, Writable } from 'node:stream'
import {
  type Dispatcher,
  getGlobalDispatcher,
  interceptors,
  setGlobalDispatcher,
  FormData as UndiciFormData,
  fetch as undiciFetch,
  request as undiciRequest,
} from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDispatcher } from '../../../src/adapters/undici/index.js'
import type { ClientCall } from '../../../src/core/call.js'
import { MeshError } from '../../../src/core/errors.js'
import { undiciTransport } from '../../../src/transport/index.js'

let base = ''
let written = 0
let flaws = 0
const server = http.createServer(async (req, res) => {
  res.on('error', () => {})
  const url = new URL(req.url ?? '/', 'http://upstream')
  if (url.pathname === '/silent') return
  if (url.pathname === '/flaky' && flaws-- > 0) {
    res.writeHead(503).end()
    return
  }
  if (url.pathname === '/cut') {
    res.writeHead(200, { 'content-length': '100' })
    res.write('begun', () => setImmediate(() => res.socket?.resetAndDestroy()))
    return
  }
  if (url.pathname === '/large') {
    res.writeHead(200)
    const chunk = Buffer.alloc(64 * 1024)
    async function* chunks(): AsyncGenerator<Buffer> {
      for (let i = 0; i < 2_000; i++) {
        written += chunk.length
        yield chunk
      }
    }
    Readable.from(chunks()).pipe(res)
    return
  }
  if (url.pathname === '/trailers') {
    res.writeHead(200, { trailer: 'x-sum' })
    res.write('body')
    res.addTrailers({ 'x-sum': '42' })
    res.end()
    return
  }
  let body = ''
  for await (const chunk of req) body += chunk
  const { host, connection: _connection, ...headers } = req.headers
  res.setHeader('set-cookie', ['a=1', 'b=2'])
  res.end(
    JSON.stringify({
      method: req.method,
      url: req.url,
      named: host?.startsWith('127.') === true ? '' : host,
      headers,
      body,
    }),
  )
})

const calls: ClientCall[] = []
const send = undiciTransport()
const dispatcher = createDispatcher((call) => {
  calls.push(call)
  return send(call)
})

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  base = `http://127.0.0.1:${address.port}`
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await send.close()
})

type Options = Omit<Dispatcher.RequestOptions, 'origin' | 'path' | 'method'> & { method?: Dispatcher.HttpMethod }
const request = (path: string, options: object = {}): ReturnType<typeof undiciRequest> => {
  const typed: Options = options
  return undiciRequest(`${base}${path}`, { dispatcher, ...typed })
}

describe('undici.request', () => {
  it('gets status, headers, body and trailers', async () => {
    const { statusCode, headers, body } = await request('/x?y=1')
    expect(statusCode).toBe(200)
    expect(headers['set-cookie']).toEqual(['a=1', 'b=2'])
    expect(await body.json()).toMatchObject({ method: 'GET', url: '/x?y=1' })
    const reply = await request('/trailers')
    expect(await reply.body.text()).toBe('body')
    expect(reply.trailers).toEqual({ 'x-sum': '42' })
  })

  it('puts a query on the path', async () => {
    expect(await (await request('/x', { query: { a: '1 2', b: [3, 4] } })).body.json()).toMatchObject({
      url: '/x?a=1%202&b=3&b=4',
    })
  })

  const forms: [string, unknown][] = [
    ['an object', { 'x-a': '1', 'X-B': ['2', '3'], 'x-c': 4, 'x-none': undefined }],
    ['a flat list', ['x-a', '1', 'X-B', '2', 'x-b', '3', 'x-c', '4']],
    ['a flat list with lists', ['x-a', '1', 'X-B', ['2', '3'], 'x-c', '4']],
    [
      'a Map',
      new Map<string, string | string[]>([
        ['x-a', '1'],
        ['X-B', ['2', '3']],
        ['x-c', '4'],
      ]),
    ],
    [
      'Headers',
      new Headers([
        ['x-a', '1'],
        ['x-b', '2'],
        ['x-b', '3'],
        ['x-c', '4'],
      ]),
    ],
  ]
  it.each(forms)('takes headers as %s', async (_name, headers) => {
    expect(await (await request('/', { headers })).body.json()).toMatchObject({
      headers: { 'x-a': '1', 'x-b': '2, 3', 'x-c': '4' },
    })
  })

  const form = new UndiciFormData()
  form.set('a', '1')
  const builtInForm = new FormData()
  builtInForm.set('a', '1')
  async function* parts(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('a')
    yield Buffer.from('b')
  }
  const bodies: [string, () => unknown, string, object][] = [
    ['a string', () => 'ab', 'ab', { 'content-length': '2' }],
    ['bytes', () => Buffer.from('ab'), 'ab', { 'content-length': '2' }],
    ['a view', () => new Uint16Array([0x6261]), 'ab', { 'content-length': '2' }],
    ['an ArrayBuffer', () => new Uint8Array([97, 98]).buffer, 'ab', { 'content-length': '2' }],
    ['a Readable', () => Readable.from([Buffer.from('ab')]), 'ab', { 'transfer-encoding': 'chunked' }],
    ['an async iterable', parts, 'ab', {}],
    ['an iterable', () => [Buffer.from('a'), Buffer.from('b')], 'ab', {}],
    ['a Blob', () => new Blob(['ab'], { type: 'text/x' }), 'ab', { 'content-type': 'text/x', 'content-length': '2' }],
  ]
  it.each(bodies)('takes %s as body', async (_name, body, text, headers) => {
    expect(await (await request('/', { method: 'POST', body: body() })).body.json()).toMatchObject({
      body: text,
      headers,
    })
  })

  it.each([
    ['its own', form],
    ['the built-in', builtInForm],
  ])('takes %s FormData as body', async (_name, body) => {
    const seen: unknown = await (await request('/', { method: 'POST', body })).body.json()
    expect(seen).toMatchObject({
      headers: { 'content-type': expect.stringContaining('multipart/form-data') },
      body: expect.stringContaining('name="a"\r\n\r\n1\r\n'),
    })
  })

  it('names the callee by the Host header and finds it at the origin', async () => {
    calls.length = 0
    expect(await (await request('/', { headers: { host: 'reviews.shop' } })).body.json()).toMatchObject({
      named: 'reviews.shop',
    })
    expect(calls[0]).toMatchObject({ authority: 'reviews.shop', endpoint: { origin: base } })
  })

  it('slows the sender down while the body is not read', async () => {
    written = 0
    const { body } = await request('/large')
    let before = -1
    while (written !== before) {
      before = written
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    expect(written).toBeLessThan(50 * 1024 * 1024)
    let size = 0
    for await (const chunk of body) size += chunk.length
    expect(size).toBe(2_000 * 64 * 1024)
  })

  it('is aborted by its signal, before and after the headers', async () => {
    const before = new AbortController()
    calls.length = 0
    const pending = request('/silent', { signal: before.signal })
    before.abort(new RangeError('enough'))
    await expect(pending).rejects.toThrow('enough')
    expect(calls[0]?.cancelled).toBe(true)
    await expect(request('/', { signal: AbortSignal.abort(new RangeError('never')) })).rejects.toThrow('never')

    const after = new AbortController()
    const { body } = await request('/large', { signal: after.signal })
    after.abort(new RangeError('enough'))
    await expect(body.text()).rejects.toThrow('enough')
  })

  it('gets the MeshError of a failed call', async () => {
    const failed = undiciRequest('http://127.0.0.1:1/', { dispatcher })
    await expect(failed).rejects.toMatchObject({ code: 'ERR_MESH_CONNECT' })
    await expect(failed).rejects.toBeInstanceOf(MeshError)
    const { body } = await request('/cut')
    await expect(body.text()).rejects.toMatchObject({ code: 'ERR_MESH_TRUNCATED' })
  })

  it.each([
    ['an upgrade', { upgrade: 'websocket' }],
    ['a method that is none', { method: 'A B' }],
    ['an odd header list', { headers: ['a'] }],
    ['a header that is no value', { headers: { a: {} } }],
    ['a body that is none', { method: 'POST', body: 5 }],
    ['a query beside a query', { query: { a: 1 } }],
  ])('is refused with %s, and its body stream is destroyed', async (_name, options) => {
    const stream = new Readable({ read() {} })
    await expect(request('/?x', { body: stream, ...options })).rejects.toMatchObject({ code: 'ERR_MESH_BAD_REQUEST' })
    if (!('body' in options)) expect(stream.destroyed).toBe(true)
  })
})

describe('the other ways into a dispatcher', () => {
  it('stream, pipeline and compose work', async () => {
    const url = new URL(base)
    const chunks: Buffer[] = []
    const sink = new Writable({
      write(chunk, _encoding, done) {
        chunks.push(chunk)
        done()
      },
    })
    await dispatcher.stream({ origin: url.origin, path: '/s', method: 'GET' }, () => sink)
    expect(JSON.parse(Buffer.concat(chunks).toString())).toMatchObject({ url: '/s' })

    const duplex = dispatcher.pipeline({ origin: url.origin, path: '/p', method: 'POST' }, ({ body }) => body)
    duplex.end('piped')
    let piped = ''
    for await (const chunk of duplex) piped += chunk
    expect(JSON.parse(piped)).toMatchObject({ url: '/p', body: 'piped' })

    const composed = dispatcher.compose(interceptors.dump(), interceptors.redirect({ maxRedirections: 1 }))
    const { statusCode } = await undiciRequest(base, { dispatcher: composed })
    expect(statusCode).toBe(200)
  })

  it("undici's own retries work", async () => {
    flaws = 1
    const retrying = dispatcher.compose(interceptors.retry({ minTimeout: 1 }))
    const { statusCode, body } = await undiciRequest(`${base}/flaky`, { dispatcher: retrying })
    expect(statusCode).toBe(200)
    expect(await body.json()).toMatchObject({ url: '/flaky' })
    expect(flaws).toBe(-1)
  })

  it('CONNECT and upgrades are refused', async () => {
    await expect(dispatcher.connect({ origin: base, path: '/' })).rejects.toMatchObject({
      code: 'ERR_MESH_BAD_REQUEST',
    })
    const upgrade: object = { origin: base, path: '/' }
    await expect(dispatcher.upgrade({ path: '/', ...upgrade })).rejects.toMatchObject({ code: 'ERR_MESH_BAD_REQUEST' })
  })

  it('a handler that throws ends its exchange', async () => {
    const error = await new Promise<Error>((resolve) => {
      dispatcher.dispatch(
        { origin: base, path: '/', method: 'GET' },
        {
          onRequestStart: () => {},
          onResponseStart: () => {
            throw new RangeError('not so')
          },
          onResponseData: () => {},
          onResponseEnd: () => {},
          onResponseError: (_controller, thrown) => resolve(thrown),
        },
      )
    })
    expect(error.message).toBe('not so')
  })

  it('close and destroy leave the mesh open', async () => {
    await dispatcher.close()
    await dispatcher.destroy()
    await new Promise<void>((resolve) => dispatcher.close(resolve))
    await new Promise<void>((resolve) => dispatcher.destroy(null, resolve))
    expect((await request('/')).statusCode).toBe(200)
  })
})

describe.each([
  ['the callbacks of old handlers', false],
  ['the controller of new ones', true],
])('%s', (_name, modern) => {
  /** Plays through one exchange, pausing at the headers and, if it can, at each chunk; says in which order things came. */
  function play(path: string, at?: 'start' | 'headers'): Promise<string[]> {
    return new Promise((resolve) => {
      const seen: string[] = []
      let size = 0
      let paused = false
      const end = (what: string): void => resolve([...seen, what])
      const pauseFor = (resume: () => void): void => {
        paused = true
        setTimeout(() => {
          paused = false
          resume()
        }, 5)
      }
      const take = (chunk: Buffer): void => {
        if (paused) seen.push('data while paused')
        size += chunk.length
      }
      const old: Dispatcher.DispatchHandler = {
        onConnect: (abort) => {
          seen.push('start')
          if (at === 'start') abort(new Error('aborted'))
        },
        onHeaders: (status, headers, resume) => {
          seen.push(`headers ${status} ${headers.every(Buffer.isBuffer)}`)
          pauseFor(resume)
          return false
        },
        onData: (chunk) => {
          take(chunk)
          return true
        },
        onComplete: (trailers) => end(`end ${size > 0} ${trailers?.length}`),
        onError: (error) => end(`error ${error.message}`),
      }
      let chunks = 0
      const fresh: Dispatcher.DispatchHandler = {
        onRequestStart: (controller) => {
          seen.push('start')
          if (at === 'start') controller.abort(new Error('aborted'))
        },
        onResponseStart: (controller, status, headers) => {
          const { rawHeaders } = controller
          const raw = Array.isArray(rawHeaders) && rawHeaders.length > 0 && rawHeaders.every(Buffer.isBuffer)
          seen.push(`headers ${status} ${raw && typeof headers.date === 'string'}`)
          controller.pause()
          pauseFor(() => (at === 'headers' ? controller.abort(new Error('aborted')) : controller.resume()))
        },
        onResponseData: (controller, chunk) => {
          take(chunk)
          if (chunks++ > 10) return
          controller.pause()
          pauseFor(() => controller.resume())
        },
        onResponseEnd: (_controller, trailers) => end(`end ${size > 0} ${Object.keys(trailers).length * 2}`),
        onResponseError: (_controller, error) => end(`error ${error.message}`),
      }
      dispatcher.dispatch({ origin: base, path, method: 'GET' }, modern ? fresh : old)
    })
  }

  it('are driven through start, headers, data and end', async () => {
    expect(await play('/trailers')).toEqual(['start', 'headers 200 true', 'end true 2'])
    expect(await play('/')).toEqual(['start', 'headers 200 true', 'end true 0'])
    expect(await play('/large')).toEqual(['start', 'headers 200 true', 'end true 0'])
  })

  it('abort at the start, before anything is sent', async () => {
    expect(await play('/', 'start')).toEqual(['start', 'error aborted'])
  })

  it('hear what they throw at the end themselves, as from undici', async () => {
    const heard = await new Promise<unknown>((resolve) => {
      const thrown = new Error('thrown at the end')
      const atEnd = (): never => {
        throw thrown
      }
      const old: Dispatcher.DispatchHandler = {
        onConnect() {},
        onHeaders: () => true,
        onComplete: atEnd,
        onError: resolve,
      }
      const fresh: Dispatcher.DispatchHandler = {
        onRequestStart() {},
        onResponseStart() {},
        onResponseEnd: atEnd,
        onResponseError: (_controller, error) => resolve(error),
      }
      dispatcher.dispatch({ origin: base, path: '/', method: 'GET' }, modern ? fresh : old)
    })
    expect(heard).toMatchObject({ message: 'thrown at the end' })
  })

  it.runIf(modern)('abort a paused body', async () => {
    expect(await play('/large', 'headers')).toEqual(['start', 'headers 200 true', 'error aborted'])
    expect(await play('/', 'headers')).toEqual(['start', 'headers 200 true', 'error aborted'])
  })
})

describe.each([
  [
    'undici.fetch with { dispatcher }',
    (path: string, init: object = {}) => undiciFetch(`${base}${path}`, { dispatcher, ...init }),
  ],
  [
    'undici.fetch behind setGlobalDispatcher',
    (path: string, init: object = {}) => globally(() => undiciFetch(`${base}${path}`, init)),
  ],
  [
    'the built-in fetch behind setGlobalDispatcher',
    (path: string, init: object = {}) => globally(() => globalThis.fetch(`${base}${path}`, init)),
  ],
])('%s', (_name, fetch) => {
  it('goes through the mesh', async () => {
    calls.length = 0
    const response = await fetch('/x', { method: 'POST', body: 'text', headers: { 'x-a': '1' } })
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(await response.json()).toMatchObject({
      method: 'POST',
      url: '/x',
      body: 'text',
      headers: { 'x-a': '1', 'content-length': '4' },
    })
    expect(calls).toHaveLength(1)
  })

  it('reads a long body', async () => {
    expect((await (await fetch('/large')).arrayBuffer()).byteLength).toBe(2_000 * 64 * 1024)
  })

  it('rejects with the MeshError as cause', async () => {
    await expect(fetch('/cut').then((response) => response.text())).rejects.toMatchObject({
      cause: { code: 'ERR_MESH_TRUNCATED' },
    })
  })

  it('is aborted', async () => {
    const controller = new AbortController()
    calls.length = 0
    const pending = fetch('/silent', { signal: controller.signal })
    setTimeout(() => controller.abort(), 20)
    await expect(pending).rejects.toMatchObject({ name: 'AbortError' })
    expect(calls[0]?.cancelled).toBe(true)
  })
})

/** Runs with our dispatcher as the global one, and puts the old one back. */
async function globally<T>(run: () => Promise<T>): Promise<T> {
  const before = getGlobalDispatcher()
  setGlobalDispatcher(dispatcher)
  try {
    return await run()
  } finally {
    setGlobalDispatcher(before)
  }
}
