import { once } from 'node:events'
import http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import * as zlib from 'node:zlib'

/** A local server with the answers that the fetch tests ask for. */
export interface Upstream {
  readonly url: string
  /** The same server under another host name: another origin. */
  readonly otherOrigin: string
  /** Requests, newest last. */
  readonly requests: http.IncomingMessage[]
  close(): Promise<void>
}

const encoders: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  gzip: zlib.gzipSync,
  'x-gzip': zlib.gzipSync,
  deflate: zlib.deflateSync,
  'deflate-raw': zlib.deflateRawSync,
  br: zlib.brotliCompressSync,
}

async function read(req: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of req) chunks.push(chunk)
  return Buffer.concat(chunks)
}

type Route = (req: http.IncomingMessage, res: http.ServerResponse, url: URL) => Promise<void> | void

const routes: Readonly<Record<string, Route>> = {
  '/echo': async (req, res, url) => {
    const body = await read(req)
    const { host: _host, connection: _connection, 'sec-fetch-mode': _mode, ...headers } = req.headers
    res.setHeader('content-type', 'application/json')
    res.end(
      JSON.stringify({ method: req.method, target: url.pathname + url.search, headers, body: body.toString('utf8') }),
    )
  },
  '/form': async (req, res) => {
    const parsed = new Response(await read(req), { headers: { 'content-type': req.headers['content-type'] ?? '' } })
    const fields: unknown[] = []
    for (const [name, value] of await parsed.formData())
      fields.push(typeof value === 'string' ? [name, value] : [name, value.name, value.type, await value.text()])
    res.end(JSON.stringify(fields))
  },
  '/status': (_req, res, url) => {
    res.writeHead(Number(url.searchParams.get('code')), url.searchParams.get('reason') ?? undefined)
    res.end()
  },
  '/headers': (_req, res) => {
    res.writeHead(
      200,
      [
        ['X-Twice', 'a'],
        ['x-twice', 'b'],
        ['Set-Cookie', 'a=1'],
        ['set-cookie', 'b=2; Path=/'],
        ['X-Latin', 'caf\xe9'],
      ].flat(),
    )
    res.end('body')
  },
  '/text': (_req, res, url) => {
    res.writeHead(200, { 'content-type': url.searchParams.get('type') ?? 'text/plain' })
    res.end(Buffer.from(url.searchParams.get('hex') ?? '', 'hex'))
  },
  '/chunks': async (_req, res) => {
    for (const part of ['one ', 'two ', 'three']) {
      res.write(part)
      await sleep(5)
    }
    res.end()
  },
  '/encoded': (_req, res, url) => {
    let body = Buffer.from(url.searchParams.get('text') ?? 'hello '.repeat(20))
    const codings = (url.searchParams.get('coding') ?? '').split(',')
    for (const coding of codings) body = Buffer.from(encoders[coding.trim()]?.(body) ?? body)
    const header = codings.map((coding) => coding.replace('deflate-raw', 'deflate')).join(', ')
    res.writeHead(200, { 'content-encoding': url.searchParams.get('header') ?? header })
    res.end(body)
  },
  '/redirect': async (req, res, url) => {
    await read(req)
    res.writeHead(Number(url.searchParams.get('code') ?? 302), { location: url.searchParams.get('to') ?? '' })
    res.end('x'.repeat(Number(url.searchParams.get('size') ?? 5)))
  },
  '/loop': (_req, res, url) => {
    const left = Number(url.searchParams.get('left'))
    if (left === 0) res.end('there')
    else res.writeHead(302, { location: `/loop?left=${left - 1}` }).end()
  },
  '/nowhere': (_req, res) => {
    res.writeHead(302).end('no location')
  },
  '/silent': () => {},
  '/stall': (_req, res) => {
    res.writeHead(200, { 'content-length': '100' })
    res.write('begun')
  },
  '/cut': (_req, res) => {
    res.writeHead(200, { 'content-length': '100' })
    res.write('begun', () => setImmediate(() => res.socket?.resetAndDestroy()))
  },
  '/refuse': (req) => {
    req.socket.resetAndDestroy()
  },
}

/** Starts it on a free port. */
export async function startUpstream(): Promise<Upstream> {
  const requests: http.IncomingMessage[] = []
  const server = http.createServer((req, res) => {
    requests.push(req)
    const url = new URL(req.url ?? '/', 'http://upstream')
    res.on('error', () => {})
    Promise.resolve(
      routes[url.pathname]?.(req, res, url) ?? (url.pathname in routes ? undefined : res.writeHead(404).end('none')),
    ).catch(() => res.destroy())
  })
  server.listen(0)
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    otherOrigin: `http://localhost:${address.port}`,
    requests,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
