import http, { type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createMesh } from '../../../src/mesh/create-mesh.js'
import { found } from '../load-text.js'
import { gateway, httpRoute, load, service } from './route-text.js'

/** What the manifests promise, over real sockets: through the gateway, and from a caller inside the mesh. */

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

interface Seen {
  readonly backend: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
}

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

function listen(handler: http.RequestListener): Promise<number> {
  const server = http.createServer(handler)
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      closers.push(() => {
        server.closeAllConnections()
        return new Promise((done) => server.close(done))
      })
      resolve((server.address() as AddressInfo).port)
    })
  })
}

/** Backends `v1` to `v3` and what they have seen. */
async function upstreams(): Promise<{ endpoints: Record<string, { url: string }[]>; seen: Seen[] }> {
  const seen: Seen[] = []
  const endpoints: Record<string, { url: string }[]> = {}
  for (const backend of ['echo', 'v1', 'v2', 'v3']) {
    const port = await listen((request, response) => {
      seen.push({ backend, url: request.url ?? '', headers: request.headers })
      response.setHeader('x-upstream', backend)
      response.end(JSON.stringify({ backend, url: request.url, headers: request.headers }))
    })
    endpoints[`${backend}.infra`] = [{ url: `http://127.0.0.1:${port}` }]
  }
  return { endpoints, seen }
}

function send(port: number, target: string, headers: Record<string, string> = {}): Promise<Answer> {
  const [method, path] = target.includes(' ') ? target.split(' ') : ['GET', target]
  return new Promise((resolve, reject) => {
    const request = http.request({
      host: '127.0.0.1',
      port,
      method,
      path,
      headers: { host: 'a.com', ...headers },
      agent: false,
    })
    request.on('error', reject)
    request.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      )
    })
    request.end()
  })
}

/** A gateway on a port of its own with the documents' routes. */
async function edge(documents: readonly string[]): Promise<{ port: number; seen: Seen[] }> {
  const { endpoints, seen } = await upstreams()
  const config = await load(documents, { endpoints })
  expect(found(config).filter((line) => line.includes(' error '))).toEqual([])
  const mesh = createMesh({ service: { name: 'edge', namespace: 'infra' }, config })
  closers.push(() => mesh.close())
  return { port: await listen(mesh.gateway()), seen }
}

const web = gateway('gw', '{ name: web, port: 80, protocol: HTTP }')

/** A route of the Gateway; `rules` are indented by four. */
function route(rules: string, name = 'r', more = ''): string {
  return httpRoute(name, `  parentRefs: [{ name: gw }]\n${more}  rules:\n${rules}`)
}

const to = (backend: string, fields: string): string =>
  `    - ${fields}\n      backendRefs: [{ name: ${backend}, port: 8080 }]\n`
const only = (fields: string): string => `    - ${fields}\n`
const prefix = (value: string): string => `matches: [{ path: { type: PathPrefix, value: ${value} } }]`

function sight(answer: Answer): Seen {
  return JSON.parse(answer.body) as Seen
}

describe('a request at the gateway', () => {
  it('goes to the backend of its hostname and path, under the Host that it came with', async () => {
    const { port } = await edge([
      gateway(
        'gw',
        '{ name: a, port: 80, protocol: HTTP, hostname: very.specific.com }',
        '{ name: b, port: 80, protocol: HTTP, hostname: "*.wildcard.io" }',
      ),
      route(to('v1', prefix('/s1')), 's1', '  hostnames: [non.matching.com, very.specific.com]\n'),
      route(to('v2', prefix('/s2')), 's2', '  hostnames: [wildcard.io, foo.wildcard.io, foo.bar.wildcard.io]\n'),
      route(to('v3', prefix('/s3')), 's3', '  hostnames: ["*.specific.com"]\n'),
    ])
    const cases: readonly (readonly [string, string, string | 404])[] = [
      ['very.specific.com', '/s1', 'v1'],
      ['VERY.specific.com', '/s1', 'v1'],
      ['very.specific.com:1234', '/s1', 'v1'],
      ['non.matching.com', '/s1', 404],
      ['foo.wildcard.io', '/s1', 404],
      ['very.specific.com', '/non-matching-prefix', 404],
      ['foo.wildcard.io', '/s2', 'v2'],
      ['foo.bar.wildcard.io', '/s2', 'v2'],
      ['wildcard.io', '/s2', 404],
      ['very.specific.com', '/s3', 'v3'],
      ['foo.specific.com', '/s3', 404],
    ]
    for (const [host, path, expected] of cases) {
      const answer = await send(port, path, { host })
      expect([host, path, answer.status === 404 ? 404 : sight(answer).backend]).toEqual([host, path, expected])
      if (answer.status === 200) expect(sight(answer).headers.host).toBe(host.toLowerCase())
    }
  })

  it('meets the routes of its scheme, as a trusted proxy tells it', async () => {
    const { endpoints } = await upstreams()
    const config = await load(
      [
        gateway('gw', '{ name: web, port: 80, protocol: HTTP }', '{ name: tls, port: 443, protocol: HTTPS }'),
        httpRoute(
          'up',
          '  parentRefs: [{ name: gw, sectionName: web }]\n  rules:\n    - filters: [{ type: RequestRedirect, requestRedirect: { scheme: https, statusCode: 301 } }]\n',
        ),
        httpRoute('app', `  parentRefs: [{ name: gw, sectionName: tls }]\n  rules:\n${to('v1', 'name: app')}`),
      ],
      { endpoints },
    )
    const mesh = createMesh({
      service: { name: 'edge', namespace: 'infra' },
      config: [config, { inbound: { trustedProxies: ['127.0.0.1'] } }],
    })
    closers.push(() => mesh.close())
    const port = await listen(mesh.gateway())
    const plain = await send(port, '/x?y=1')
    expect([plain.status, plain.headers.location]).toEqual([301, 'https://a.com/x?y=1'])
    const secure = await send(port, '/x', { 'x-forwarded-proto': 'https', 'x-forwarded-for': '10.1.1.1' })
    expect(sight(secure).backend).toBe('v1')
  })
})

describe('a redirect', () => {
  const redirect = (path: string, settings: string): string =>
    only(`${prefix(path)}\n      filters: [{ type: RequestRedirect, requestRedirect: ${settings} }]`)
  const rules = [
    redirect('/hostname', '{ hostname: example.org }'),
    redirect('/status', '{ hostname: example.org, statusCode: 307 }'),
    redirect('/scheme', '{ scheme: https }'),
    redirect('/scheme-host', '{ scheme: https, hostname: example.org }'),
    redirect('/port', '{ port: 8083 }'),
    redirect('/https-port', '{ scheme: https, port: 8443 }'),
    redirect('/default', '{ port: 80 }'),
    redirect('/original-prefix', '{ path: { type: ReplacePrefixMatch, replacePrefixMatch: /replacement-prefix } }'),
    redirect('/full', '{ path: { type: ReplaceFullPath, replaceFullPath: /full-path-replacement } }'),
  ].join('')

  it.each<[string, number, string]>([
    ['/hostname', 302, 'http://example.org/hostname'],
    ['/status/x', 307, 'http://example.org/status/x'],
    ['/scheme?a=b', 302, 'https://a.com/scheme?a=b'],
    ['/scheme-host', 302, 'https://example.org/scheme-host'],
    ['/port', 302, 'http://a.com:8083/port'],
    ['/https-port', 302, 'https://a.com:8443/https-port'],
    ['/default', 302, 'http://a.com/default'],
    ['/original-prefix/lemon', 302, 'http://a.com/replacement-prefix/lemon'],
    ['/original-prefix', 302, 'http://a.com/replacement-prefix'],
    ['/full/path/original', 302, 'http://a.com/full-path-replacement'],
  ])('of %s is %i to %s', async (path, status, location) => {
    const { port, seen } = await edge([web, route(rules)])
    const answer = await send(port, path)
    expect([answer.status, answer.headers.location]).toEqual([status, location])
    expect(seen).toEqual([])
  })

  it('goes to the port of its listener', async () => {
    const { port } = await edge([
      gateway('gw', '{ name: web, port: 8080, protocol: HTTP }'),
      route(redirect('/', '{ hostname: example.org }')),
    ])
    expect((await send(port, '/x')).headers.location).toBe('http://example.org:8080/x')
  })
})

describe('a rewrite', () => {
  const rewrite = (match: string, replacement: string): string =>
    to(
      'v1',
      `${prefix(match)}\n      filters: [{ type: URLRewrite, urlRewrite: { path: { type: ReplacePrefixMatch, replacePrefixMatch: "${replacement}" } } }]`,
    )

  it.each<[string, string, string, string]>([
    ['/foo/bar', '/foo', '/xyz', '/xyz/bar'],
    ['/foo/bar', '/foo', '/xyz/', '/xyz/bar'],
    ['/foo/bar', '/foo/', '/xyz', '/xyz/bar'],
    ['/foo/bar', '/foo/', '/xyz/', '/xyz/bar'],
    ['/foo', '/foo', '/xyz', '/xyz'],
    ['/foo/', '/foo', '/xyz', '/xyz/'],
    ['/foo/bar', '/foo', '', '/bar'],
    ['/foo/', '/foo', '', '/'],
    ['/foo', '/foo', '', '/'],
    ['/foo/', '/foo', '/', '/'],
    ['/foo', '/foo', '/', '/'],
    ['/foo/bar?a=b', '/foo', '/xyz', '/xyz/bar?a=b'],
    ['/foo/bar', '/', '/xyz', '/xyz/foo/bar'],
  ])('of %s under %s by "%s" is %s', async (path, match, replacement, expected) => {
    const { port } = await edge([web, route(rewrite(match, replacement))])
    expect(sight(await send(port, path)).url).toBe(expected)
  })

  it('replaces the whole path, and the Host, and keeps what the headers say', async () => {
    const { port } = await edge([
      web,
      route(
        to(
          'v1',
          `${prefix('/full/one')}
      filters:
        - { type: URLRewrite, urlRewrite: { hostname: one.example.org, path: { type: ReplaceFullPath, replaceFullPath: /one } } }
        - { type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: X-Set, value: "50%" }], add: [{ name: X-Add, value: b }], remove: [x-remove] } }`,
        ),
      ),
    ])
    const { url, headers } = sight(
      await send(port, '/full/one/two?q=1', { 'x-remove': 'r', 'x-add': 'a', 'x-set': 's' }),
    )
    expect(url).toBe('/one?q=1')
    expect(headers).toMatchObject({ host: 'one.example.org', 'x-set': '50%' })
    expect(headers['x-add']?.toString().replace(/\s/g, '')).toBe('a,b')
    expect(headers['x-remove']).toBeUndefined()
  })
})

describe('a backend', () => {
  it('that is invalid, or not there at all, is answered 500', async () => {
    const { port, seen } = await edge([
      web,
      service('far', 'other'),
      route(
        only(`${prefix('/missing')}\n      backendRefs: [{ name: none, port: 8080 }]`) +
          only(`${prefix('/kind')}\n      backendRefs: [{ group: a.com, kind: Bucket, name: b }]`) +
          only(`${prefix('/grant')}\n      backendRefs: [{ name: far, namespace: other, port: 8080 }]`) +
          only(prefix('/none')) +
          only(`${prefix('/zero')}\n      backendRefs: [{ name: v1, port: 8080, weight: 0 }]`),
      ),
    ])
    for (const path of ['/missing', '/kind', '/grant', '/none', '/zero'])
      expect([path, (await send(port, path)).status]).toEqual([path, 500])
    expect(seen).toEqual([])
    expect((await send(port, '/other')).status).toBe(404)
  })

  it('takes its share', async () => {
    const { endpoints } = await upstreams()
    const refs = '[{ name: v1, port: 8080, weight: 3 }, { name: none, port: 8080 }]'
    const config = await load([web, route(only(`backendRefs: ${refs}`))], { endpoints })
    let draw = 0
    const mesh = createMesh({ service: { name: 'edge', namespace: 'infra' }, config, random: () => draw })
    closers.push(() => mesh.close())
    const port = await listen(mesh.gateway())
    const statuses: number[] = []
    for (draw of [0, 0.74, 0.75, 0.99]) statuses.push((await send(port, '/')).status)
    expect(statuses).toEqual([200, 200, 500, 500])
  })

  it('changes its own headers, and the rule those of every reply', async () => {
    const modifier = (name: string): string =>
      `filters: [{ type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: x-backend, value: ${name} }] } }]`
    const { port } = await edge([
      web,
      route(
        `    - filters: [{ type: ResponseHeaderModifier, responseHeaderModifier: { set: [{ name: X-Set, value: v }], add: [{ name: X-Upstream, value: more }], remove: [date] } }]
      backendRefs: [{ name: v1, port: 8080, ${modifier('one')} }]
`,
      ),
    ])
    const answer = await send(port, '/')
    expect(sight(answer).headers['x-backend']).toBe('one')
    expect(answer.headers).toMatchObject({ 'x-set': 'v', 'x-upstream': 'v1, more' })
  })
})

describe('CORS', () => {
  const rules = `    - filters: [{ type: CORS, cors: { allowOrigins: ["https://www.foo.com", "https://*.bar.com"], allowMethods: [GET, OPTIONS], allowHeaders: [x-1, x-2], maxAge: 3600, allowCredentials: true } }]
      backendRefs: [{ name: v1, port: 8080 }]
`
  const preflight = { 'access-control-request-method': 'GET', 'access-control-request-headers': 'x-1' }

  it.each(['https://www.foo.com', 'https://www.bar.com', 'https://a.b.bar.com'])(
    'answers a preflight from %s',
    async (origin) => {
      const { port, seen } = await edge([web, route(rules)])
      const answer = await send(port, 'OPTIONS /', { origin, ...preflight })
      expect(answer.status).toBe(200)
      expect(answer.headers).toMatchObject({
        'access-control-allow-origin': origin,
        'access-control-allow-methods': 'GET,OPTIONS',
        'access-control-allow-headers': 'x-1,x-2',
        'access-control-max-age': '3600',
        'access-control-allow-credentials': 'true',
      })
      expect(seen).toEqual([])
    },
  )

  it.each(['https://foobar.com', 'http://www.foo.com', 'https://www.foo.com.evil.org', 'https://bar.com'])(
    'lets nobody in from %s, and serves what is no preflight',
    async (origin) => {
      const { port, seen } = await edge([web, route(rules)])
      const answer = await send(port, 'OPTIONS /', { origin, ...preflight })
      expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([200, undefined])
      expect(seen).toEqual([])
      const simple = await send(port, '/', { origin })
      expect([simple.status, simple.headers['access-control-allow-origin']]).toEqual([200, undefined])
    },
  )
})

describe('a call inside the mesh', () => {
  it('goes by the rules of the Service that it names, not by those of the backend', async () => {
    const { endpoints, seen } = await upstreams()
    const parent = (name: string): string => `  parentRefs: [{ group: "", kind: Service, name: ${name} }]\n  rules:\n`
    const config = await load(
      [
        httpRoute('front', `${parent('echo')}${to('v1', prefix('/v1'))}${to('echo', prefix('/self'))}`),
        httpRoute('back', `${parent('v1')}${to('v2', prefix('/'))}`),
      ],
      { endpoints },
    )
    const mesh = createMesh({ service: { name: 'caller', namespace: 'infra' }, config })
    closers.push(() => mesh.close())
    const status = async (url: string): Promise<number> => {
      const reply = await mesh.request({ url }).catch((error: { status: number }) => error)
      return reply.status
    }
    expect([await status('http://echo/v1/x'), await status('http://echo.infra/self')]).toEqual([200, 200])
    expect(await status('http://echo/other')).toBe(404)
    expect(seen.map(({ backend }) => backend)).toEqual(['v1', 'echo'])
  })

  it('is mirrored', async () => {
    const { endpoints, seen } = await upstreams()
    const mirror = 'filters: [{ type: RequestMirror, requestMirror: { backendRef: { name: v2, port: 8080 } } }]'
    const config = await load(
      httpRoute('r', `  parentRefs: [{ group: "", kind: Service, name: echo }]\n  rules:\n${to('v1', mirror)}`),
      { endpoints },
    )
    const mesh = createMesh({ service: { name: 'caller', namespace: 'infra' }, config })
    closers.push(() => mesh.close())
    const reply = await mesh.request({ url: 'http://echo/x' })
    expect(reply.headers.get('x-upstream')).toBe('v1')
    await reply.body.text()
    await expect.poll(() => seen.map(({ backend }) => backend).toSorted()).toEqual(['v1', 'v2'])
  })
})
