import http from 'node:http'
import axios from 'axios'
import ky from 'ky'
import OpenAI from 'openai'
import createClient from 'openapi-fetch'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createFetch } from '../../../src/adapters/fetch/index.js'
import type { ClientCall } from '../../../src/core/call.js'
import { undiciTransport } from '../../../src/transport/index.js'

/** Answers like the services that the libraries were written for. */
const server = http.createServer(async (req, res) => {
  let body = ''
  for await (const chunk of req) body += chunk
  const url = new URL(req.url ?? '/', 'http://upstream')
  const json = (status: number, value: unknown): void => {
    res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
  }
  if (url.pathname === '/v1/chat/completions') {
    const asked: { stream?: boolean } = JSON.parse(body)
    if (asked.stream === true) {
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      for (const content of ['Hel', 'lo'])
        res.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`)
      res.end('data: [DONE]\n\n')
    } else json(200, { id: 'c1', choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' } }] })
  } else if (url.pathname === '/v1/models') json(200, { object: 'list', data: [{ id: 'm1', object: 'model' }] })
  else if (url.pathname === '/v1/files') json(200, { id: 'f1', filename: /filename="([^"]+)"/.exec(body)?.[1] })
  else if (url.pathname === '/flaky') json(failures-- > 0 ? 503 : 200, { ok: true })
  else if (url.pathname === '/missing') json(404, { message: 'no such thing' })
  else if (url.pathname === '/slow') setTimeout(() => json(200, {}), 2_000).unref()
  else
    json(200, {
      method: req.method,
      path: url.pathname + url.search,
      type: req.headers['content-type'],
      custom: req.headers['x-custom'],
      body,
    })
})
let failures = 0
let base = ''
const calls: ClientCall[] = []
const send = undiciTransport()
const fetch = createFetch((call) => {
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

describe('ky', () => {
  it('sends, parses and hands over headers', async () => {
    const sent = await ky.post(`${base}/items?a=1`, { fetch, json: { x: 1 }, headers: { 'x-custom': 'y' } }).json()
    expect(sent).toEqual({ method: 'POST', path: '/items?a=1', type: 'application/json', custom: 'y', body: '{"x":1}' })
  })

  it('sends a body that can be repeated', async () => {
    calls.length = 0
    await ky.put(`${base}/items`, { fetch, json: { x: 1 } })
    expect(calls[0]?.body.kind).toBe('bytes')
  })

  it('retries by its own rules', async () => {
    failures = 1
    expect(await ky(`${base}/flaky`, { fetch, retry: { limit: 2, backoffLimit: 1 } }).json()).toEqual({ ok: true })
  })

  it('turns statuses and its timeout into its errors', async () => {
    await expect(ky(`${base}/missing`, { fetch })).rejects.toMatchObject({
      name: 'HTTPError',
      response: { status: 404 },
    })
    await expect(ky(`${base}/slow`, { fetch, timeout: 50, retry: 0 })).rejects.toMatchObject({ name: 'TimeoutError' })
  })

  it('streams with progress', async () => {
    let total = 0
    await ky(`${base}/items`, {
      fetch,
      onDownloadProgress: ({ transferredBytes }) => (total = transferredBytes),
    }).text()
    expect(total).toBeGreaterThan(0)
  })
})

describe('openapi-fetch', () => {
  interface Paths {
    '/items/{id}': {
      post: {
        parameters: { path: { id: string }; query: { q: string } }
        requestBody: { content: { 'application/json': { x: number } } }
        responses: { 200: { content: { 'application/json': { path: string; body: string } } } }
      }
    }
    '/missing': { get: { responses: { 404: { content: { 'application/json': { message: string } } } } } }
  }

  it('sends and parses', async () => {
    const client = createClient<Paths>({ baseUrl: base, fetch })
    const { data, response } = await client.POST('/items/{id}', {
      params: { path: { id: 'a b' }, query: { q: 'ä' } },
      body: { x: 1 },
    })
    expect(response.status).toBe(200)
    expect(data).toMatchObject({ path: '/items/a%20b?q=%C3%A4', body: '{"x":1}' })
  })

  it('hands over errors', async () => {
    const client = createClient<Paths>({ baseUrl: base, fetch })
    expect((await client.GET('/missing')).error).toEqual({ message: 'no such thing' })
  })
})

describe('axios', () => {
  const env: object = { fetch, Request: null, Response: null }
  const client = axios.create({ adapter: 'fetch', env })

  it('sends, parses and hands over headers', async () => {
    const { data, status, headers } = await client.post(
      `${base}/items`,
      { x: 1 },
      { params: { a: 1 }, headers: { 'x-custom': 'y' } },
    )
    expect(status).toBe(200)
    expect(headers['content-type']).toBe('application/json')
    expect(data).toMatchObject({
      method: 'POST',
      path: '/items?a=1',
      type: 'application/json',
      custom: 'y',
      body: '{"x":1}',
    })
  })

  it('works with Request and Response of its own too', async () => {
    const own: object = { fetch }
    const { data } = await axios.post(`${base}/items`, { x: 1 }, { adapter: 'fetch', ...{ env: own } })
    expect(data).toMatchObject({ body: '{"x":1}' })
  })

  it('reads streams and array buffers', async () => {
    const { data } = await client.get<ArrayBuffer>(`${base}/v1/models`, { responseType: 'arraybuffer' })
    expect(Buffer.from(data).toString()).toContain('m1')
    const own: object = { fetch }
    const streaming = axios.create({ adapter: 'fetch', ...{ env: own } })
    const streamed = await streaming.get<ReadableStream<Uint8Array>>(`${base}/v1/models`, { responseType: 'stream' })
    let text = ''
    for await (const chunk of streamed.data) text += Buffer.from(chunk).toString()
    expect(text).toContain('m1')
  })

  it('turns statuses, its timeout and lost connections into its errors', async () => {
    await expect(client.get(`${base}/missing`)).rejects.toMatchObject({
      response: { status: 404, data: { message: 'no such thing' } },
    })
    await expect(client.get(`${base}/slow`, { timeout: 50 })).rejects.toMatchObject({ code: 'ETIMEDOUT' })
    await expect(client.get('http://127.0.0.1:1/')).rejects.toMatchObject({ name: 'AxiosError', code: 'ERR_NETWORK' })
  })
})

describe('the openai SDK', () => {
  const client = (): OpenAI => new OpenAI({ apiKey: 'key', baseURL: `${base}/v1`, fetch, maxRetries: 0 })
  const messages = [{ role: 'user' as const, content: 'Hi' }]

  it('asks and lists', async () => {
    const answer = await client().chat.completions.create({ model: 'm1', messages })
    expect(answer.choices[0]?.message.content).toBe('Hello')
    const ids: string[] = []
    for await (const model of client().models.list()) ids.push(model.id)
    expect(ids).toEqual(['m1'])
  })

  it('streams server-sent events', async () => {
    let text = ''
    for await (const part of await client().chat.completions.create({ model: 'm1', messages, stream: true }))
      text += part.choices[0]?.delta.content ?? ''
    expect(text).toBe('Hello')
  })

  it('uploads a file', async () => {
    const made = await client().files.create({ purpose: 'batch', file: new File(['{}'], 'batch.jsonl') })
    expect(made.filename).toBe('batch.jsonl')
  })

  it('turns lost connections and its timeout into its errors', async () => {
    const lost = new OpenAI({ apiKey: 'key', baseURL: 'http://127.0.0.1:1/v1', fetch, maxRetries: 0 })
    await expect(lost.models.list()).rejects.toBeInstanceOf(OpenAI.APIConnectionError)
    await expect(client().get('/../slow', { timeout: 50 })).rejects.toBeInstanceOf(OpenAI.APIConnectionTimeoutError)
  })
})
