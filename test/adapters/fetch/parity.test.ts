import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createFetch } from '../../../src/adapters/fetch/index.js'
import { undiciTransport } from '../../../src/transport/index.js'
import { startUpstream, type Upstream } from './upstream.js'

type Fetch = typeof globalThis.fetch
type Case = [name: string, run: (fetch: Fetch, url: string, other: string) => Promise<unknown>]

let upstream: Upstream
const send = undiciTransport()
const ours = createFetch(send)
const builtIn = globalThis.fetch

beforeAll(async () => {
  upstream = await startUpstream()
})
afterAll(async () => {
  await upstream.close()
  await send.close()
})

/** Messages that programs test for; the wording of the others differs between Node versions. */
const stable = new Set(['fetch failed', 'terminated'])

function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { thrown: error }
  const cause =
    error.message === 'fetch failed' || error.message === 'terminated' ? { cause: error.cause instanceof Error } : {}
  return {
    error: error.name,
    message: stable.has(error.message) ? error.message : '*',
    dom: error instanceof DOMException,
    ...cause,
  }
}

async function outcome(run: () => Promise<unknown>): Promise<unknown> {
  try {
    return { value: await run() }
  } catch (error) {
    return describeError(error)
  }
}

const body = async (response: Response): Promise<unknown> => response.json()
const summary = async (response: Response): Promise<unknown> => ({
  status: response.status,
  statusText: response.statusText,
  ok: response.ok,
  type: response.type,
  url: response.url.replace(/:\d+/, ':port'),
  redirected: response.redirected,
  hasBody: response.body !== null,
  used: response.bodyUsed,
  text: await response.text(),
  usedAfter: response.bodyUsed,
})
const chunked = (...parts: string[]): ReadableStream =>
  new ReadableStream({
    start(controller) {
      for (const part of parts) controller.enqueue(Buffer.from(part))
      controller.close()
    },
  })
/** Members that the types of @types/node 20 lack. */
const rare = (init: object): RequestInit => init

const requests: Case[] = [
  ['a string', async (f, url) => body(await f(`${url}/echo`))],
  ['a URL with query and fragment', async (f, url) => summary(await f(new URL(`${url}/echo?a=1&b=%20#frag`)))],
  ['a host without path', async (f, url) => summary(await f(url))],
  ['a URL to normalise', async (f, url) => body(await f(`  ${url}/a/../echo?x= '"<>|ä#f`))],
  [
    'a Request',
    async (f, url) => body(await f(new Request(`${url}/echo`, { method: 'PUT', body: 'x', headers: { a: 'b' } }))),
  ],
  [
    'a Request with init',
    async (f, url) =>
      body(
        await f(new Request(`${url}/echo`, { method: 'PUT', body: 'x', headers: { a: 'b' } }), {
          method: 'POST',
          headers: { c: 'd' },
        }),
      ),
  ],
  [
    'a Request whose body init replaces',
    async (f, url) => body(await f(new Request(`${url}/echo`, { method: 'PUT', body: 'x' }), { body: 'other' })),
  ],
  [
    'a Request is used up',
    async (f, url) => {
      const request = new Request(`${url}/echo`, { method: 'POST', body: 'x' })
      await f(request)
      return [request.bodyUsed, await outcome(() => f(request))]
    },
  ],
  [
    'a Request with a slow stream',
    async (f, url) => {
      const slow = new ReadableStream({
        async pull(controller) {
          await new Promise((resolve) => setTimeout(resolve, 5))
          controller.enqueue(Buffer.from('part '))
          if (parts++ === 3) controller.close()
        },
      })
      let parts = 0
      return body(await f(new Request(`${url}/echo`, rare({ method: 'POST', body: slow, duplex: 'half' }))))
    },
  ],
  [
    'a Request with a form',
    async (f, url) => {
      const form = new FormData()
      form.set('a', '1')
      return body(await f(new Request(`${url}/form`, { method: 'POST', body: form })))
    },
  ],
  [
    'something with toString',
    async (f, url) => body(await f(Object.assign(Object.create({ toString: () => `${url}/echo` })))),
  ],
  [
    'lower-case methods',
    async (f, url) =>
      Promise.all(['get', 'post', 'put', 'delete'].map(async (method) => body(await f(`${url}/echo`, { method })))),
  ],
  [
    'an own method',
    async (f, url) => body(await f(`${url}/echo`, { method: 'purge' })).catch(() => 'refused by the server'),
  ],
  ['headers as an object', async (f, url) => body(await f(`${url}/echo`, { headers: { 'X-A': '1', 'x-b': '' } }))],
  [
    'headers that fold into one',
    async (f, url) => body(await f(`${url}/echo`, { headers: { 'X-A': '1', 'x-a': '2' } })),
  ],
  [
    'headers as pairs',
    async (f, url) =>
      body(
        await f(`${url}/echo`, {
          headers: [
            ['x-a', '1'],
            ['X-A', '2'],
            ['x-b', ' padded '],
          ],
        }),
      ),
  ],
  [
    'headers as Headers',
    async (f, url) => body(await f(`${url}/echo`, { headers: new Headers({ 'x-a': '1', cookie: 'a=b' }) })),
  ],
  ['headers as a Map', async (f, url) => body(await f(`${url}/echo`, rare({ headers: new Map([['x-a', '1']]) })))],
  [
    'headers that are no strings',
    async (f, url) => body(await f(`${url}/echo`, rare({ headers: { n: 1, u: undefined, z: null } }))),
  ],
  [
    'own defaults',
    async (f, url) =>
      body(
        await f(`${url}/echo`, {
          headers: { accept: 'a/b', 'Accept-Language': 'de', 'user-agent': 'me', 'accept-encoding': 'br' },
        }),
      ),
  ],
  ['a Host header is not ours to set', async (f, url) => body(await f(`${url}/echo`, { headers: { host: 'evil' } }))],
  [
    'conditional and range headers',
    async (f, url) => body(await f(`${url}/echo`, { headers: { 'if-none-match': '"x"', range: 'bytes=0-1' } })),
  ],
  [
    'cache modes',
    async (f, url) =>
      Promise.all(
        ['default', 'no-store', 'reload', 'no-cache', 'force-cache'].map(async (cache) =>
          body(await f(`${url}/echo`, rare({ cache }))),
        ),
      ),
  ],
  [
    'options without effect here',
    async (f, url) =>
      body(
        await f(`${url}/echo`, {
          mode: 'same-origin',
          credentials: 'omit',
          keepalive: true,
          referrerPolicy: 'no-referrer',
          window: null,
        }),
      ),
  ],
  ['null members', async (f, url) => body(await f(`${url}/echo`, { body: null, signal: null }))],
  ['no redirect, no-cors', async (f, url) => summary(await f(`${url}/echo`, { redirect: 'error', mode: 'no-cors' }))],
]

const bodies: Case[] = [
  ['a string', async (f, url) => body(await f(`${url}/echo`, { method: 'POST', body: 'grüß\ud800' }))],
  ['an empty string', async (f, url) => body(await f(`${url}/echo`, { method: 'POST', body: '' }))],
  ['nothing', async (f, url) => body(await f(`${url}/echo`, { method: 'POST' }))],
  [
    'own content type',
    async (f, url) =>
      body(await f(`${url}/echo`, { method: 'POST', body: '{}', headers: { 'Content-Type': 'application/json' } })),
  ],
  [
    'URLSearchParams',
    async (f, url) => body(await f(`${url}/echo`, { method: 'POST', body: new URLSearchParams({ a: 'b c', d: 'ä' }) })),
  ],
  [
    'an ArrayBuffer',
    async (f, url) => body(await f(`${url}/echo`, { method: 'POST', body: new TextEncoder().encode('abc').buffer })),
  ],
  [
    'a view',
    async (f, url) =>
      body(
        await f(`${url}/echo`, { method: 'POST', body: new DataView(new TextEncoder().encode('abcdef').buffer, 1, 3) }),
      ),
  ],
  ['a Buffer', async (f, url) => body(await f(`${url}/echo`, { method: 'POST', body: Buffer.from('abc') }))],
  [
    'a Blob',
    async (f, url) => body(await f(`${url}/echo`, { method: 'POST', body: new Blob(['a', 'b'], { type: 'Text/X' }) })),
  ],
  ['a number', async (f, url) => body(await f(`${url}/echo`, rare({ method: 'POST', body: 42 })))],
  ['an object', async (f, url) => body(await f(`${url}/echo`, rare({ method: 'POST', body: { a: 1 } })))],
  [
    'FormData',
    async (f, url) => {
      const form = new FormData()
      form.append('plain', 'a\nb')
      form.append('quo"te', 'x')
      form.append('file', new File(['content'], 'ä "1".txt', { type: 'text/plain' }))
      form.append('blob', new Blob(['raw']))
      return body(await f(`${url}/form`, { method: 'POST', body: form }))
    },
  ],
  [
    'a ReadableStream',
    async (f, url) => body(await f(`${url}/echo`, rare({ method: 'POST', body: chunked('a', 'b'), duplex: 'half' }))),
  ],
  [
    'a Node stream',
    async (f, url) =>
      body(
        await f(
          `${url}/echo`,
          rare({ method: 'POST', body: Readable.from([Buffer.from('a'), Buffer.from('b')]), duplex: 'half' }),
        ),
      ),
  ],
  [
    'an async iterable',
    async (f, url) => {
      async function* parts(): AsyncGenerator<Uint8Array> {
        yield Buffer.from('x')
        yield Buffer.from('y')
      }
      return body(await f(`${url}/echo`, rare({ method: 'POST', body: parts(), duplex: 'half' })))
    },
  ],
  [
    'a body that fails',
    async (f, url) => {
      const failing = new ReadableStream({ pull: (controller) => controller.error(new Error('no more')) })
      return f(`${url}/echo`, rare({ method: 'POST', body: failing, duplex: 'half' }))
    },
  ],
  ['a stream without duplex', async (f, url) => f(`${url}/echo`, { method: 'POST', body: chunked('a') })],
  [
    'a locked stream',
    async (f, url) => {
      const stream = chunked('a')
      stream.getReader()
      return f(`${url}/echo`, rare({ method: 'POST', body: stream, duplex: 'half' }))
    },
  ],
  [
    'a stream kept alive',
    async (f, url) => f(`${url}/echo`, rare({ method: 'POST', body: chunked('a'), duplex: 'half', keepalive: true })),
  ],
  ['a GET with body', async (f, url) => f(`${url}/echo`, { body: 'x' })],
  ['a symbol', async (f, url) => f(`${url}/echo`, rare({ method: 'POST', body: Symbol('x') }))],
]

const invalid: Case[] = [
  ['nothing at all', async (f) => Reflect.apply(f, undefined, [])],
  ['a relative URL', async (f) => f('/x')],
  ['a bad port', async (f) => f('http://a:99999/')],
  ['credentials in the URL', async (f) => f('http://user:secret@localhost/')],
  ['an unknown scheme', async (f) => f('mesh://orders/x')],
  ['an unknown scheme with options', async (f) => f('mesh://orders/x', rare({ cache: 'no-store' }))],
  ['a file', async (f) => f('file:///etc/hostname')],
  ['a forbidden method', async (f, url) => f(url, { method: 'TRACE' })],
  ['a broken method', async (f, url) => f(url, { method: 'A B' })],
  ['a bad header name', async (f, url) => f(url, { headers: { 'a b': 'c' } })],
  ['a bad header value', async (f, url) => f(url, { headers: { a: 'b\r\nc: d' } })],
  ['a header beyond Latin-1', async (f, url) => f(url, { headers: { a: 'ж' } })],
  ['odd pairs', async (f, url) => f(url, rare({ headers: [['a']] }))],
  ['headers of no kind', async (f, url) => f(url, rare({ headers: 5 }))],
  ['init of no kind', async (f, url) => Reflect.apply(f, undefined, [url, 5])],
  ['an unknown redirect mode', async (f, url) => f(url, rare({ redirect: 'x' }))],
  ['an unknown credentials mode', async (f, url) => f(url, rare({ credentials: 'x' }))],
  ['mode navigate', async (f, url) => f(url, { mode: 'navigate' })],
  ['a window', async (f, url) => f(url, rare({ window: {} }))],
  ['no signal', async (f, url) => f(url, rare({ signal: {} }))],
  ['a refused connection', async (f) => f('http://127.0.0.1:1/')],
  ['a hop-by-hop header', async (f, url) => f(url, { headers: { 'transfer-encoding': 'chunked' } })],
  ['a reset', async (f, url) => f(`${url}/refuse`)],
]

const replies: Case[] = [
  ...[200, 201, 204, 205, 304, 404, 418, 500, 599].map(
    (code): Case => [
      `status ${code}`,
      async (f, url) => summary(await f(`${url}/status?code=${code}&reason=Own%20Words`)),
    ],
  ),
  ['HEAD', async (f, url) => summary(await f(`${url}/headers`, { method: 'HEAD' }))],
  [
    'headers',
    async (f, url) => {
      const { headers } = await f(`${url}/headers`)
      return [
        headers.get('X-TWICE'),
        headers.getSetCookie(),
        headers.get('x-latin'),
        headers.has('nope'),
        headers.get('nope'),
        headers instanceof Headers,
        [...headers.keys()].filter((name) => name.startsWith('x-')),
      ]
    },
  ],
  [
    'headers cannot be changed',
    async (f, url) => {
      const { headers } = await f(`${url}/headers`)
      return Promise.all(
        [() => headers.set('a', 'b'), () => headers.append('a', 'b'), () => headers.delete('x-twice')].map((change) =>
          outcome(async () => change()),
        ),
      )
    },
  ],
  ['text with BOM and bad bytes', async (f, url) => (await f(`${url}/text?hex=efbbbf61ff62c3a4`)).text()],
  ['json', async (f, url) => (await f(`${url}/text?hex=${Buffer.from('\ufeff{"a":[1]}').toString('hex')}`)).json()],
  ['broken json', async (f, url) => (await f(`${url}/text?hex=7b`)).json()],
  ['empty json', async (f, url) => (await f(`${url}/text`)).json()],
  ['json of a 204', async (f, url) => (await f(`${url}/status?code=204`)).json()],
  [
    'arrayBuffer',
    async (f, url) => {
      const buffer = await (await f(`${url}/text?hex=010203`)).arrayBuffer()
      return [buffer instanceof ArrayBuffer, [...new Uint8Array(buffer)]]
    },
  ],
  [
    'blob',
    async (f, url) => {
      const blob = await (await f(`${url}/text?hex=616263&type=Text/HTML;charset=UTF-8`)).blob()
      return [blob instanceof Blob, blob.type, blob.size, await blob.text()]
    },
  ],
  [
    'formData',
    async (f, url) => {
      const form = await (await f(`${url}/text?hex=613d3126623d32&type=application/x-www-form-urlencoded`)).formData()
      return [form instanceof FormData, [...form]]
    },
  ],
  ['formData of something else', async (f, url) => (await f(`${url}/text?hex=61`)).formData()],
  [
    'a stream',
    async (f, url) => {
      const response = await f(`${url}/chunks`)
      const parts: string[] = []
      for await (const chunk of response.body ?? [])
        parts.push(`${chunk instanceof Uint8Array}`, Buffer.from(chunk).toString())
      return [parts.includes('false'), parts.filter((part) => part !== 'true').join(''), response.bodyUsed]
    },
  ],
  [
    'an empty stream',
    async (f, url) => {
      const response = await f(`${url}/status?code=200`)
      const read = await response.body?.getReader().read()
      return [read?.done, response.bodyUsed]
    },
  ],
  [
    'a byte reader, to the end',
    async (f, url) => {
      const reader = (await f(`${url}/chunks`)).body?.getReader({ mode: 'byob' })
      let text = ''
      for (;;) {
        const read = await reader?.read(new Uint8Array(3))
        if (read === undefined || read.done) return [text, read?.value?.length]
        text += Buffer.from(read.value).toString()
      }
    },
  ],
  [
    'a byte reader',
    async (f, url) => {
      const reader = (await f(`${url}/text?hex=61626364`)).body?.getReader({ mode: 'byob' })
      const read = await reader?.read(new Uint8Array(2))
      return Buffer.from(read?.value ?? []).toString()
    },
  ],
  [
    'text twice',
    async (f, url) => {
      const response = await f(`${url}/echo`)
      await response.text()
      return [response.bodyUsed, await outcome(() => response.text())]
    },
  ],
  [
    'text of a locked body',
    async (f, url) => {
      const response = await f(`${url}/echo`)
      response.body?.getReader()
      return [response.bodyUsed, await outcome(() => response.text())]
    },
  ],
  [
    'text after the stream was looked at',
    async (f, url) => {
      const response = await f(`${url}/chunks`)
      const stream = response.body
      return [response.body === stream, response.bodyUsed, await response.text(), response.bodyUsed, stream?.locked]
    },
  ],
  [
    'body after text',
    async (f, url) => {
      const response = await f(`${url}/chunks`)
      await response.text()
      return [response.body !== null, response.body?.locked]
    },
  ],
  [
    'a cancelled body',
    async (f, url) => {
      const response = await f(`${url}/stall`)
      await response.body?.cancel('enough')
      return [response.bodyUsed, await outcome(() => response.text())]
    },
  ],
  [
    'a clone',
    async (f, url) => {
      const response = await f(`${url}/chunks`)
      const copy = response.clone()
      return [
        copy instanceof Response,
        copy.status,
        copy.url === response.url,
        copy.headers.get('transfer-encoding'),
        copy.headers === response.headers,
        await copy.text(),
        response.bodyUsed,
        await response.text(),
        copy.bodyUsed,
      ]
    },
  ],
  [
    'a clone of a clone',
    async (f, url) => {
      const first = await f(`${url}/text?hex=616263`)
      const second = first.clone()
      const third = second.clone()
      return Promise.all([first, second, third].map((response) => response.text()))
    },
  ],
  [
    'a clone of a used body',
    async (f, url) => {
      const response = await f(`${url}/echo`)
      await response.text()
      return response.clone()
    },
  ],
  ['a clone without body', async (f, url) => summary((await f(`${url}/status?code=204`)).clone())],
  [
    'new Response(body, response)',
    async (f, url) => {
      const response = await f(`${url}/headers`)
      const copy = new Response(response.body, response)
      return [copy.status, copy.statusText, copy.headers.get('x-twice'), await copy.text()]
    },
  ],
  [
    'what it says it is',
    async (f, url) => {
      const response = await f(`${url}/echo`)
      return [response instanceof Response, Object.prototype.toString.call(response), response.constructor === Response]
    },
  ],
  ['a body that breaks off', async (f, url) => (await f(`${url}/cut`)).text()],
  [
    'a stream that breaks off',
    async (f, url) => {
      const response = await f(`${url}/cut`)
      let text = ''
      const failed = await outcome(async () => {
        for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString()
      })
      return [text, failed]
    },
  ],
]

const codings: Case[] = [
  ...['gzip', 'x-gzip', 'deflate', 'deflate-raw', 'br', 'gzip,br', 'gzip, deflate, br'].map(
    (coding): Case => [
      coding,
      async (f, url) => {
        const response = await f(`${url}/encoded?coding=${encodeURIComponent(coding)}`)
        return [response.headers.get('content-encoding'), await response.text()]
      },
    ],
  ),
  ['upper case', async (f, url) => (await f(`${url}/encoded?coding=gzip&header=GZIP`)).text()],
  ['unknown', async (f, url) => (await f(`${url}/encoded?text=plain&header=rot13`)).text()],
  ['identity', async (f, url) => (await f(`${url}/encoded?text=plain&header=identity`)).text()],
  ['six of them', async (f, url) => f(`${url}/encoded?text=x&header=${'gzip,'.repeat(5)}gzip`)],
  ['of nothing', async (f, url) => (await f(`${url}/status?code=200`)).text()],
  ['empty but said to be gzip', async (f, url) => (await f(`${url}/encoded?text=&header=gzip`)).text()],
  ['said to be gzip, but is not', async (f, url) => (await f(`${url}/encoded?text=plain&header=gzip`)).text()],
  ['HEAD', async (f, url) => summary(await f(`${url}/encoded?coding=gzip`, { method: 'HEAD' }))],
]

const redirects: Case[] = [
  ...[301, 302, 303, 307, 308].flatMap((code): Case[] =>
    ['GET', 'HEAD', 'POST', 'PUT'].map((method) => [
      `${code} ${method}`,
      async (f, url) => {
        const init = {
          method,
          ...(method === 'GET' || method === 'HEAD' ? {} : { body: 'text', headers: { 'content-language': 'de' } }),
        }
        const response = await f(`${url}/redirect?code=${code}&to=/echo`, init)
        return [response.redirected, response.url.endsWith('/echo'), method === 'HEAD' ? '' : await response.json()]
      },
    ]),
  ),
  [
    'to another origin',
    async (f, url, other) => {
      const headers = { authorization: 'Bearer x', cookie: 'a=b', 'proxy-authorization': 'y', 'x-kept': '1' }
      const response = await f(`${url}/redirect?to=${encodeURIComponent(`${other}/echo`)}`, { headers })
      return [response.type, response.redirected, await response.json()]
    },
  ],
  [
    'a stream cannot be sent again',
    async (f, url) =>
      f(`${url}/redirect?code=307&to=/echo`, rare({ method: 'POST', body: chunked('a'), duplex: 'half' })),
  ],
  [
    'a stream is forgotten by 303',
    async (f, url) =>
      body(await f(`${url}/redirect?code=303&to=/echo`, rare({ method: 'POST', body: chunked('a'), duplex: 'half' }))),
  ],
  [
    'a Request with a body is sent again',
    async (f, url) =>
      body(await f(new Request(`${url}/redirect?code=308&to=/echo`, { method: 'POST', body: 'again' }))),
  ],
  ['20 times', async (f, url) => summary(await f(`${url}/loop?left=20`))],
  ['21 times', async (f, url) => f(`${url}/loop?left=21`)],
  ['without Location', async (f, url) => summary(await f(`${url}/nowhere`))],
  ['to another scheme', async (f, url) => f(`${url}/redirect?to=ftp://x/`)],
  ['to credentials', async (f, url) => f(`${url}/redirect?to=http://a:b@localhost/`)],
  ['to no URL', async (f, url) => f(`${url}/redirect?to=http://%5B`)],
  ['to a fragment', async (f, url) => summary(await f(`${url}/redirect?to=/echo%23there`))],
  [
    'manual',
    async (f, url) => {
      const response = await f(`${url}/redirect?to=/echo`, { redirect: 'manual' })
      return [response.headers.get('location'), await summary(response)]
    },
  ],
  ['error', async (f, url) => f(`${url}/redirect?to=/echo`, { redirect: 'error' })],
  ['error without redirect', async (f, url) => summary(await f(`${url}/echo`, { redirect: 'error' }))],
]

const aborts: Case[] = [
  ['before', async (f, url) => f(`${url}/echo`, { signal: AbortSignal.abort() })],
  ['before, with a reason', async (f, url) => f(`${url}/echo`, { signal: AbortSignal.abort('why') })],
  [
    'before, with a stream',
    async (f, url) => {
      let cancelled: unknown = 'no'
      const stream = new ReadableStream({
        cancel: (reason) => {
          cancelled = reason
        },
      })
      const failed = await outcome(() =>
        f(`${url}/echo`, rare({ method: 'POST', body: stream, duplex: 'half', signal: AbortSignal.abort('why') })),
      )
      return [failed, cancelled]
    },
  ],
  [
    'while waiting',
    async (f, url) => {
      const controller = new AbortController()
      setTimeout(() => controller.abort(), 20)
      return f(`${url}/silent`, { signal: controller.signal })
    },
  ],
  [
    'at once',
    async (f, url) => {
      const controller = new AbortController()
      const pending = f(`${url}/silent`, { signal: controller.signal })
      controller.abort(new RangeError('own'))
      return pending
    },
  ],
  ['by timeout', async (f, url) => f(`${url}/silent`, { signal: AbortSignal.timeout(20) })],
  [
    'by the signal of a Request',
    async (f, url) => {
      const controller = new AbortController()
      const request = new Request(`${url}/silent`, { signal: controller.signal })
      // The timer holds the Request: the built-in fetch does not, and hangs when it is collected meanwhile.
      setTimeout((held: Request) => controller.abort(held.method), 20, request)
      return f(request)
    },
  ],
  [
    'by the signal that replaces that of a Request',
    async (f, url) => {
      const controller = new AbortController()
      setTimeout(() => controller.abort('init'), 20)
      return f(new Request(`${url}/silent`, { signal: new AbortController().signal }), { signal: controller.signal })
    },
  ],
  [
    'while the body is read',
    async (f, url) => {
      const controller = new AbortController()
      const response = await f(`${url}/stall`, { signal: controller.signal })
      setTimeout(() => controller.abort(), 20)
      return response.text()
    },
  ],
  [
    'while the stream is read',
    async (f, url) => {
      const controller = new AbortController()
      const response = await f(`${url}/stall`, { signal: controller.signal })
      setTimeout(() => controller.abort('why'), 20)
      for await (const _ of response.body ?? []);
      return 'ended'
    },
  ],
  [
    'between headers and body',
    async (f, url) => {
      const controller = new AbortController()
      const response = await f(`${url}/stall`, { signal: controller.signal })
      controller.abort()
      return response.text()
    },
  ],
  [
    'between the last byte and its reading',
    async (f, url) => {
      const controller = new AbortController()
      const response = await f(`${url}/echo`, { signal: controller.signal })
      await new Promise((resolve) => setTimeout(resolve, 20))
      controller.abort()
      return [response.bodyUsed, await outcome(() => response.text())]
    },
  ],
  [
    'after all',
    async (f, url) => {
      const controller = new AbortController()
      const response = await f(`${url}/text?hex=61`, { signal: controller.signal })
      const text = await response.text()
      controller.abort()
      return text
    },
  ],
  [
    'after a redirect',
    async (f, url) => {
      const controller = new AbortController()
      setTimeout(() => controller.abort(), 40)
      return f(`${url}/redirect?to=/silent`, { signal: controller.signal })
    },
  ],
]

const digest = (text: string): string => createHash('sha256').update(text).digest('base64')
const others: Case[] = [
  [
    'integrity that holds',
    async (f, url) => (await f(`${url}/text?hex=616263`, { integrity: `sha256-${digest('abc')}` })).text(),
  ],
  ['integrity that does not', async (f, url) => f(`${url}/text?hex=616263`, { integrity: `sha256-${digest('abd')}` })],
  [
    'integrity of an unknown kind',
    async (f, url) => (await f(`${url}/text?hex=616263`, { integrity: 'md5-x' })).text(),
  ],
  [
    'data:',
    async (f) => {
      const response = await f('data:text/plain,hello')
      return [response.status, response.headers.get('content-type'), await response.text()]
    },
  ],
  ['blob:', async (f) => (await f(URL.createObjectURL(new Blob(['hello'])))).text()],
]

describe.each([
  ['requests', requests],
  ['request bodies', bodies],
  ['invalid input and lost connections', invalid],
  ['replies', replies],
  ['content codings', codings],
  ['redirects', redirects],
  ['aborts', aborts],
  ['other things', others],
])('%s come out as with the built-in fetch', (_group, cases) => {
  it.each(cases)('%s', async (_name, run) => {
    const expected = await outcome(() => run(builtIn, upstream.url, upstream.otherOrigin))
    expect(await outcome(() => run(ours, upstream.url, upstream.otherOrigin))).toEqual(expected)
  })
})
