import http from 'node:http'
import * as zlib from 'node:zlib'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { createFetch, type FetchOptions } from '../../../src/adapters/fetch/index.js'
import { undiciTransport } from '../../../src/transport/index.js'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function serve(encoding: string, body: Buffer, whole = true): Promise<string> {
  const server = http.createServer(async (_req, res) => {
    res.on('error', () => {})
    res.writeHead(200, { 'content-encoding': encoding })
    if (whole) res.end(body)
    else {
      for (let i = 0; i < body.length; i += 1000) {
        res.write(body.subarray(i, i + 1000))
        await new Promise((resolve) => setImmediate(resolve))
      }
      res.end()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return `http://127.0.0.1:${address.port}/`
}

function fetchWith(options?: FetchOptions): typeof globalThis.fetch {
  const send = undiciTransport()
  cleanups.push(() => send.close())
  return createFetch(send, options)
}

async function streamed(response: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of response.body ?? []) chunks.push(chunk)
  return Buffer.concat(chunks)
}

const varied = Buffer.from(Array.from({ length: 40_000 }, (_, i) => `${i * 7919}`).join(','))
const small = Buffer.from('{"a":"b"}')
const encoders: [string, string, (body: Buffer) => Buffer][] = [
  ['gzip', 'gzip', gzipSync],
  ['deflate with a zlib header', 'deflate', deflateSync],
  ['deflate without one', 'deflate', deflateRawSync],
  ['br', 'br', brotliCompressSync],
  ['gzip in br', 'gzip, br', (body) => brotliCompressSync(gzipSync(body))],
  ['five layers', 'gzip,gzip,gzip,gzip,gzip', (body) => [1, 2, 3, 4, 5].reduce((made) => gzipSync(made), body)],
]

describe.each(encoders)('%s', (_name, header, encode) => {
  it.each([
    ['a small body at once', small, true],
    ['a small body in pieces', small, false],
    ['a large body', varied, true],
    ['a large body in pieces', varied, false],
  ])('%s is decoded, as a whole and as a stream', async (_size, body, whole) => {
    const url = await serve(header, encode(body), whole)
    const fetch = fetchWith()
    expect(Buffer.from(await (await fetch(url)).arrayBuffer()).equals(body)).toBe(true)
    expect((await streamed(await fetch(url))).equals(body)).toBe(true)
    const response = await fetch(url)
    const copy = response.clone()
    expect((await response.text()).length).toBe(body.length)
    expect((await copy.text()).length).toBe(body.length)
  })
})

describe('zstd', () => {
  it.runIf('zstdCompressSync' in zlib)('is decoded where Node can', async () => {
    const { zstdCompressSync: encode }: Record<string, unknown> = { ...zlib }
    const encoded: unknown = typeof encode === 'function' ? encode(varied) : undefined
    if (!(encoded instanceof Uint8Array)) throw new Error('no zstd')
    const url = await serve('zstd', Buffer.from(encoded))
    expect(await (await fetchWith()(url)).text()).toBe(varied.toString())
    expect((await streamed(await fetchWith()(url))).equals(varied)).toBe(true)
  })

  it.skipIf('zstdCompressSync' in zlib)('comes through as it is where Node cannot', async () => {
    const url = await serve('zstd', Buffer.from('raw'))
    expect(await (await fetchWith()(url)).text()).toBe('raw')
  })
})

describe('F19 a body that grows beyond measure', () => {
  const zeros = (mebibytes: number): Buffer => Buffer.alloc(mebibytes * 1024 * 1024)
  const bombs: [string, string, () => Buffer][] = [
    ['gzip', 'gzip', () => gzipSync(zeros(200))],
    ['deflate', 'deflate', () => deflateSync(zeros(32))],
    ['raw deflate', 'deflate', () => deflateRawSync(zeros(32))],
    ['br', 'br', () => brotliCompressSync(zeros(32), { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 5 } })],
    ['a small one', 'gzip', () => gzipSync(zeros(8))],
    ['gzip in gzip', 'gzip, gzip', () => gzipSync(gzipSync(zeros(32)))],
  ]
  it.each(bombs)('%s is refused in little memory, read as a whole or as a stream', async (_name, header, make) => {
    const url = await serve(header, make())
    const fetch = fetchWith()
    const refused = { name: 'TypeError', message: 'terminated', cause: { code: 'ERR_MESH_RESPONSE_TOO_LARGE' } }
    await (await fetchWith()(await serve('gzip', gzipSync(varied)))).text()
    const before = process.memoryUsage().rss
    await expect((await fetch(url)).text()).rejects.toMatchObject(refused)
    await expect(streamed(await fetch(url))).rejects.toMatchObject(refused)
    expect(process.memoryUsage().rss - before).toBeLessThan(20 * 1024 * 1024)
  })

  it('1 MiB may come out of next to nothing', async () => {
    const url = await serve('gzip', gzipSync(zeros(1)))
    expect((await (await fetchWith()(url)).arrayBuffer()).byteLength).toBe(1024 * 1024)
    expect((await streamed(await fetchWith()(url))).length).toBe(1024 * 1024)
  })

  it('the ratio can be set', async () => {
    const url = await serve('gzip', gzipSync(zeros(8)))
    expect((await (await fetchWith({ maxDecodeRatio: 2000 })(url)).arrayBuffer()).byteLength).toBe(8 * 1024 * 1024)
  })

  it('a body that is collected has a largest size, a stream that is passed on has none', async () => {
    const url = await serve('gzip', gzipSync(varied))
    const fetch = fetchWith({ maxDecodedBytes: 1000 })
    await expect((await fetch(url)).text()).rejects.toMatchObject({ cause: { code: 'ERR_MESH_RESPONSE_TOO_LARGE' } })
    expect((await streamed(await fetch(url))).length).toBe(varied.length)
    const tiny = await serve('gzip', gzipSync(Buffer.alloc(2000)))
    await expect((await fetch(tiny)).text()).rejects.toMatchObject({ cause: { code: 'ERR_MESH_RESPONSE_TOO_LARGE' } })
  })
})

describe('F20 a chain of codings', () => {
  it('of a thousand is refused without work', async () => {
    const url = await serve(`${'gzip,'.repeat(999)}gzip`, small)
    const started = process.cpuUsage()
    await expect(fetchWith()(url)).rejects.toMatchObject({
      message: 'fetch failed',
      cause: { code: 'ERR_MESH_PROTOCOL' },
    })
    expect(process.cpuUsage(started).user).toBeLessThan(50_000)
  })
})
