import { mkdtempSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import express from 'express'
import Fastify from 'fastify'
import { SignJWT } from 'jose'
import { afterEach, describe, expect, it } from 'vitest'
import { meshGateway, meshMiddleware } from '../../src/adapters/express.js'
import { meshPlugin } from '../../src/adapters/fastify.js'
import { createMesh, developmentIdentity, type MeshConfig } from '../../src/index.js'

const dir = mkdtempSync(path.join(tmpdir(), 'mesh-e2e-'))
const identity = (service: string): ReturnType<typeof developmentIdentity> =>
  developmentIdentity({ trustDomain: 'test.local', service, dir })
const secret = 'a-secret-that-is-long-enough-for-hs256'
const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

function token(claims: Record<string, unknown> = {}, key = secret): Promise<string> {
  return new SignJWT({ sub: 'alice', ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer('https://id.test')
    .setAudience('shop')
    .setExpirationTime('5m')
    .sign(new TextEncoder().encode(key))
}

async function backend(
  inbound: MeshConfig['inbound'] = {},
): Promise<{ port: number; mesh: ReturnType<typeof createMesh> }> {
  const mesh = createMesh({ service: 'backend', identity: identity('backend'), config: { inbound } })
  const app = Fastify()
  app.get('/*', (request) => ({
    url: request.raw.url,
    who: request.mesh?.principal ?? null,
    peer: request.mesh?.peer?.spiffeId ?? null,
  }))
  await app.register(meshPlugin, { mesh })
  const server = mesh.server(app)
  const { port } = await server.listen({ host: '127.0.0.1' })
  closers.push(() => mesh.close())
  return { port, mesh }
}

function client(port: number, name = 'web', tls: 'mutual' | 'simple' = 'mutual'): ReturnType<typeof createMesh> {
  const mesh = createMesh({
    service: name,
    identity: identity(name),
    config: {
      services: { backend: { endpoints: [{ url: `https://127.0.0.1:${port}` }], tls } },
      inbound: { mtls: 'disable' },
    },
  })
  closers.push(() => mesh.close())
  return mesh
}

describe('two services', () => {
  it('know each other by certificate, and the application sees who asks', async () => {
    const { port } = await backend()
    const reply = await client(port).fetch('http://backend/x')
    expect(await reply.json()).toEqual({
      url: '/x',
      who: 'test.local/ns/default/sa/web',
      peer: 'spiffe://test.local/ns/default/sa/web',
    })
  })

  it('a strict backend refuses plain HTTP and callers without a certificate', async () => {
    const { port } = await backend()
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow()
    const anonymous = createMesh({
      service: 'x',
      config: {
        services: {
          backend: {
            endpoints: [{ url: `https://127.0.0.1:${port}` }],
            tls: { mode: 'simple', ca: identity('x').current().bundles['test.local'] ?? '' },
          },
        },
      },
    })
    closers.push(() => anonymous.close())
    await expect(anonymous.request({ url: 'http://backend/' })).rejects.toMatchObject({ name: 'MeshError' })
  })

  it('the wrong identity is refused before a byte of the request is written', async () => {
    const { port } = await backend()
    const mesh = createMesh({
      service: 'web',
      identity: identity('web'),
      config: {
        services: {
          backend: {
            endpoints: [{ url: `https://127.0.0.1:${port}` }],
            tls: { mode: 'mutual', subjectAltNames: ['spiffe://test.local/ns/default/sa/other'] },
          },
        },
      },
    })
    closers.push(() => mesh.close())
    await expect(mesh.request({ url: 'http://backend/' })).rejects.toMatchObject({ code: 'ERR_MESH_PEER_IDENTITY' })
  })

  it('authorization by peer: one service may, another may not', async () => {
    const { port } = await backend({
      authorization: [
        { action: 'allow', rules: [{ from: [{ principals: ['*/sa/web'] }], to: [{ methods: ['GET'] }] }] },
      ],
    })
    expect((await client(port, 'web').fetch('http://backend/')).status).toBe(200)
    const denied = await client(port, 'other').fetch('http://backend/')
    expect(denied.status).toBe(403)
    expect(await denied.json()).toMatchObject({ code: 'ERR_MESH_FORBIDDEN' })
    expect((await client(port, 'web').fetch('http://backend/', { method: 'POST' })).status).toBe(403)
  })

  it('permissive speaks both on one port', async () => {
    const { port } = await backend({ mtls: 'permissive' })
    expect(await (await fetch(`http://127.0.0.1:${port}/plain`)).json()).toMatchObject({ url: '/plain', peer: null })
    expect(await (await client(port).fetch('http://backend/secure')).json()).toMatchObject({
      url: '/secure',
      peer: expect.stringContaining('sa/web'),
    })
  })
})

describe('tokens and limits', () => {
  const inbound = {
    mtls: 'disable' as const,
    jwt: [{ issuer: 'https://id.test', audiences: ['shop'], keys: [{ alg: 'HS256' as const, secret }] }],
    authorization: [
      {
        action: 'deny' as const,
        rules: [
          { to: [{ paths: ['/admin', '/admin/*'] }], from: [{ notRequestPrincipals: ['https://id.test/root'] }] },
        ],
      },
    ],
    rateLimits: [{ name: 'per-user', limit: 3, per: '1h' as const, by: 'principal' as const }],
  }

  async function guarded(): Promise<string> {
    const mesh = createMesh({ service: 'shop', config: { inbound } })
    const app = express()
    app.use(meshMiddleware(mesh))
    app.use((request, response) => {
      response.json({ who: request.mesh?.principal, claims: request.mesh?.claims })
    })
    const server = mesh.server(app)
    const { port } = await server.listen({ host: '127.0.0.1' })
    closers.push(() => mesh.close())
    return `http://127.0.0.1:${port}`
  }

  it('401 without a token or with a bad one, 403 where denied, 429 past the limit', async () => {
    const url = await guarded()
    const call = async (path: string, bearer?: string): Promise<Response> =>
      fetch(url + path, bearer === undefined ? {} : { headers: { authorization: `Bearer ${bearer}` } })
    const missing = await call('/')
    expect([missing.status, missing.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
    expect((await call('/', await token({}, 'another-secret-that-is-long-enough!!'))).status).toBe(401)
    const good = await token()
    const first = await call('/', good)
    expect(await first.json()).toMatchObject({ who: 'https://id.test/alice', claims: { sub: 'alice' } })
    expect(first.headers.get('ratelimit')).toContain('r=2')
    for (const path of ['/admin', '/ADMIN', '/admin/', '/%61dmin', '//admin', '/admin/x', '/x/../admin', '/admin;x=1'])
      expect([path, (await call(path, good)).status]).toEqual([path, 403])
    expect([(await call('/', good)).status, (await call('/', good)).status, (await call('/', good)).status]).toEqual([
      200, 200, 429,
    ])
  })

  it('runs the policies once, though server and middleware both have them', async () => {
    const url = await guarded()
    const headers = { authorization: `Bearer ${await token()}` }
    const remaining = async (): Promise<string | null> => (await fetch(url, { headers })).headers.get('ratelimit')
    expect(await remaining()).toContain('r=2')
    expect(await remaining()).toContain('r=1')
  })
})

describe('an edge in front of a strict backend', () => {
  it('forwards with its own identity, by the routes and plugins of the gateway', async () => {
    const { port } = await backend({
      authorization: [{ action: 'allow', rules: [{ from: [{ principals: ['*/sa/edge'] }] }] }],
    })
    const mesh = createMesh({
      service: 'edge',
      identity: identity('edge'),
      config: {
        services: { backend: { endpoints: [{ url: `https://127.0.0.1:${port}` }], tls: 'mutual' } },
        inbound: { mtls: 'disable' },
        gateway: {
          consumers: [{ username: 'app', credentials: { jwt: [{ key: 'app-key', secret }], apiKeys: ['k-123456'] } }],
          routes: [
            {
              hosts: ['api.test'],
              paths: ['/api'],
              service: 'backend',
              stripPath: true,
              plugins: [
                { name: 'rate-limiting', config: { limits: { minute: 2 }, by: 'consumer', headers: 'kong' } },
                { name: 'jwt', config: { dialect: 'kong', verifyClaims: ['exp'] } },
              ],
            },
            {
              hosts: ['key.test'],
              service: 'backend',
              plugins: [{ name: 'key-auth', config: { dialect: 'kong' } }, { name: 'cors' }],
            },
          ],
        },
      },
    })
    closers.push(() => mesh.close())
    const app = express()
    app.use('/edge', meshGateway(mesh))
    const server = http.createServer(app)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    closers.push(() => new Promise((done) => server.close(done)))
    const address = server.address()
    const base = typeof address === 'object' && address !== null ? address.port : 0
    const call = (
      path: string,
      headers: Record<string, string>,
    ): Promise<{ status: number; body: string; headers: http.IncomingHttpHeaders }> =>
      new Promise((resolve, reject) => {
        const request = http.get({ port: base, path, headers }, async (response) => {
          let body = ''
          for await (const chunk of response) body += String(chunk)
          resolve({ status: response.statusCode ?? 0, body, headers: response.headers })
        })
        request.on('error', reject)
      })
    const bearer = `Bearer ${await new SignJWT({ iss: 'app-key' }).setProtectedHeader({ alg: 'HS256' }).setExpirationTime('1m').sign(new TextEncoder().encode(secret))}`
    expect(await call('/edge/api/users', { host: 'api.test' })).toMatchObject({
      status: 401,
      body: expect.stringContaining('Unauthorized'),
    })
    const passed = await call('/edge/api/users', { host: 'api.test', authorization: bearer })
    expect(passed).toMatchObject({ status: 200, headers: { 'x-ratelimit-remaining-minute': '1' } })
    expect(JSON.parse(passed.body)).toMatchObject({ url: '/users', peer: 'spiffe://test.local/ns/default/sa/edge' })
    expect((await call('/edge/api/users', { host: 'api.test', authorization: bearer })).status).toBe(200)
    expect(await call('/edge/api/users', { host: 'api.test', authorization: bearer })).toMatchObject({
      status: 429,
      body: expect.stringContaining('API rate limit exceeded'),
    })
    expect((await call('/edge/x', { host: 'key.test', apikey: 'nope' })).status).toBe(401)
    expect((await call('/edge/x', { host: 'key.test', apikey: 'k-123456' })).status).toBe(200)
    expect((await call('/edge/x', { host: 'other.test' })).status).toBe(404)
    const explained = mesh.explain({ side: 'server', url: 'http://api.test/api/users' })
    expect(explained.gateway).toMatchObject({ service: 'backend', plugins: ['rate-limiting', 'jwt'] })
  })
})
