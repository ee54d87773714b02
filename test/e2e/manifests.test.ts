import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { SignJWT } from 'jose'
import { afterEach, describe, expect, it } from 'vitest'
import { createMesh } from '../../src/index.js'
import { loadManifests } from '../../src/manifests/index.js'
import { fakeClock } from '../../src/testing/fake-clock.js'

const fixtures = 'test/manifests/fixtures/*.yaml'
/** Ten seconds into a minute, so that no window ends while a test runs. */
const now = Date.UTC(2026, 0, 1, 12, 0, 10)
const secret = 'a-secret-of-the-shop-that-is-long-enough'
const consumer = {
  name: 'consumer.yaml',
  text: `apiVersion: configuration.konghq.com/v1
kind: KongConsumer
metadata: { name: phone }
username: phone
credentials: [phone-jwt]
---
apiVersion: v1
kind: Secret
metadata: { name: phone-jwt, labels: { konghq.com/credential: jwt } }
stringData: { key: phone-key, algorithm: HS256, secret: ${secret} }
`,
}

interface Answer {
  status: number
  body: string
  headers: http.IncomingHttpHeaders
}

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function upstream(version: string): Promise<{ url: string; labels: { version: string } }> {
  const server = http.createServer((request, response) => response.end(JSON.stringify({ version, url: request.url })))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    server.closeAllConnections()
    return new Promise((done) => server.close(done))
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, labels: { version } }
}

async function edge(options: { strict?: boolean; sources?: Parameters<typeof loadManifests>[0] } = {}): Promise<{
  mesh: ReturnType<typeof createMesh>
  get: (path: string, host: string, headers?: Record<string, string>) => Promise<Answer>
}> {
  const endpoints = [await upstream('v1'), await upstream('v2')]
  const config = await loadManifests(options.sources ?? fixtures, {
    endpoints: { catalogue: endpoints, orders: endpoints, site: endpoints.slice(0, 1) },
    ...(options.strict === undefined ? {} : { strict: options.strict }),
  })
  const mesh = createMesh({ service: 'edge', config, clock: fakeClock({ wallMs: now }) })
  const server = http.createServer(mesh.gateway())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(
    () => mesh.close(),
    () => {
      server.closeAllConnections()
      return new Promise((done) => server.close(done))
    },
  )
  const { port } = server.address() as AddressInfo
  function get(path: string, host: string, headers: Record<string, string> = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const request = http.get({ port, path, headers: { host, ...headers } }, async (response) => {
        let body = ''
        for await (const chunk of response) body += String(chunk)
        resolve({ status: response.statusCode ?? 0, body, headers: response.headers })
      })
      request.on('error', reject)
    })
  }
  return { mesh, get }
}

describe('manifests as their authors wrote them, with what is missing from them', () => {
  it('every call is 401 while nobody has a credential, and the rest of the host is open', async () => {
    const { get } = await edge()
    expect(await get('/catalogue/7', 'shop.example.com')).toMatchObject({
      status: 401,
      body: expect.stringContaining('Unauthorized'),
    })
    expect(await get('/about', 'shop.example.com')).toMatchObject({
      status: 200,
      body: expect.stringContaining('/about'),
    })
    expect((await get('/about', 'elsewhere.example.com')).status).toBe(404)
  })

  it('a token of a consumer passes, and the call past the minute is 429 with Kong’s headers', async () => {
    const { get } = await edge({ sources: [fixtures, consumer] })
    const token = await new SignJWT({ iss: 'phone-key' })
      .setProtectedHeader({ alg: 'HS256' })
      .setExpirationTime(now / 1000 + 3600)
      .sign(new TextEncoder().encode(secret))
    const expired = await new SignJWT({ iss: 'phone-key' })
      .setProtectedHeader({ alg: 'HS256' })
      .setExpirationTime(now / 1000 - 1)
      .sign(new TextEncoder().encode(secret))
    const call = (bearer: string): Promise<Answer> =>
      get('/catalogue/7', 'shop.example.com', { authorization: `Bearer ${bearer}` })
    expect(await call(expired)).toMatchObject({ status: 401, body: expect.stringContaining('token expired') })
    const first = await call(token)
    expect(first).toMatchObject({
      status: 200,
      headers: { 'x-ratelimit-limit-minute': '60', 'x-ratelimit-remaining-minute': '59' },
    })
    expect(JSON.parse(first.body)).toMatchObject({ url: '/catalogue/7' })
    const statuses: number[] = []
    for (let i = 0; i < 59; i++) statuses.push((await call(token)).status)
    expect(new Set(statuses)).toEqual(new Set([200]))
    const last = await call(token)
    expect(last).toMatchObject({ status: 429, body: expect.stringContaining('API rate limit exceeded') })
    expect(Number(last.headers['retry-after'])).toBeGreaterThan(0)
  })

  it('an undefined subset is the endpoints of that version label, split by weight, path stripped', async () => {
    const { get } = await edge()
    const seen: Record<string, number> = {}
    for (let i = 0; i < 400; i++) {
      const { version, url } = JSON.parse((await get('/orders/7', 'any')).body) as { version: string; url: string }
      expect(url).toBe('/7')
      seen[version] = (seen[version] ?? 0) + 1
    }
    expect(seen.v1).toBeGreaterThan(240)
    expect(seen.v2).toBeGreaterThan(60)
  })

  it('the canary header takes a call to its subset, whatever the weight of that single destination', async () => {
    const { mesh } = await edge()
    for (let i = 0; i < 20; i++) {
      const response = await mesh.fetch('http://catalogue.default.svc.cluster.local/x', {
        headers: { 'x-canary': 'yes' },
      })
      expect(await response.json()).toEqual({ version: 'v2', url: '/x' })
    }
    const explained = mesh.explain({ url: 'http://catalogue/x', headers: { 'x-canary': 'yes' } })
    expect(explained.route).toMatchObject({
      name: 'canary',
      origin: { file: expect.stringContaining('shop-mesh.yaml'), line: 10 },
    })
    expect(explained).toMatchObject({
      timeoutMs: 1500,
      retry: { attempts: 3 },
      destinations: [{ name: 'catalogue|v2', share: 1 }],
    })
  })

  it('under strict an undefined subset is 503 NC, as in Istio', async () => {
    const { mesh } = await edge({ strict: true, sources: ['test/manifests/fixtures/shop-mesh.yaml'] })
    await expect(mesh.request({ url: 'http://catalogue/' })).rejects.toMatchObject({
      code: 'ERR_MESH_NO_CLUSTER',
      status: 503,
      flag: 'NC',
    })
  })

  it('the metrics that the guides show exist under their names', async () => {
    const { mesh, get } = await edge()
    await get('/about', 'shop.example.com')
    await get('/catalogue', 'shop.example.com')
    const text = await mesh.metrics.metrics()
    for (const [name, labels] of [
      ['kong_http_requests_total', ['route', 'service']],
      ['kong_request_duration_ms_count', ['route']],
      ['kong_nginx_http_requests_total', ['status']],
      ['istio_requests_total', ['destination_service', 'response_code']],
      ['istio_request_duration_milliseconds_count', ['destination_service']],
      ['istio_tcp_connections_opened_total', ['source_service']],
    ] as const) {
      const line = text.split('\n').find((one) => one.startsWith(`${name}{`))
      expect(line, name).toBeDefined()
      for (const label of labels) expect(line).toMatch(new RegExp(`[{,]${label}="[^"]+"`))
    }
  })
})
