import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { MeshConfig } from '../../src/config/config.js'
import type { ServiceConfig } from '../../src/config/service.js'
import type { Resolver } from '../../src/discovery/resolver.js'
import { loadManifests } from '../../src/manifests/index.js'
import { createMesh } from '../../src/mesh/create-mesh.js'
import type { Mesh } from '../../src/mesh/mesh.js'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

function meshOf(config: MeshConfig, outbound?: 'registry-only'): Mesh {
  const mesh = createMesh({ service: 'x', config, outbound })
  closers.push(() => mesh.close())
  return mesh
}

const at = (port: number, version: string, rest = {}): { url: string; labels: { version: string } } => ({
  url: `http://127.0.0.1:${port}`,
  labels: { version },
  ...rest,
})

const manifests = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: reviews
spec:
  hosts: [reviews]
  http:
    - match:
        - headers:
            x-canary:
              exact: 'true'
      rewrite:
        uri: /v2/
      route:
        - destination:
            host: reviews
            subset: v2
      timeout: 3s
    - route:
        - destination:
            host: reviews
            subset: v1
          weight: 80
        - destination:
            host: reviews
            subset: v2
          weight: 20
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: reviews
spec:
  host: reviews
  trafficPolicy:
    connectionPool:
      http:
        http2MaxRequests: 100
    loadBalancer:
      simple: ROUND_ROBIN
  subsets:
    - name: v1
      labels:
        version: v1
    - name: v2
      labels:
        version: v2
      trafficPolicy:
        loadBalancer:
          simple: RANDOM
`

async function reviews(): Promise<Mesh> {
  const endpoints = { reviews: [at(9001, 'v1'), at(9002, 'v1', { weight: 3 }), at(9003, 'v2', { locality: 'eu/1' })] }
  return meshOf(await loadManifests([{ name: 'm.yaml', text: manifests }], { endpoints }))
}

describe('a call that is forwarded', () => {
  it('names the rule that matched and its line, and says why those before it did not', async () => {
    const mesh = await reviews()
    const canary = mesh.explain({ url: 'http://reviews/api', headers: { 'X-Canary': 'true' } })
    expect(canary.route).toMatchObject({ origin: { file: 'm.yaml', line: 8 } })
    const plain = mesh.explain({ url: 'http://reviews/api' })
    expect(plain.route).toMatchObject({ origin: { file: 'm.yaml', line: 19 } })
    expect(plain.verdicts).toMatchObject([{ matched: false, failed: ['header x-canary'] }, { matched: true }])
  })

  it('shows shares, and the endpoints of each subset', async () => {
    const { destinations } = (await reviews()).explain({ url: 'http://reviews/api' })
    expect(destinations).toMatchObject([
      {
        name: 'reviews|v1',
        share: 0.8,
        exists: true,
        endpoints: [
          { address: '127.0.0.1:9001', takesCalls: true, healthy: true, ejected: false, active: 0, weight: 1 },
          { address: '127.0.0.1:9002', weight: 3, priority: 0, locality: undefined },
        ],
      },
      { name: 'reviews|v2', share: 0.2, endpoints: [{ address: '127.0.0.1:9003', locality: 'eu/1' }] },
    ])
  })

  it('shows each field of the policy with the line that it comes from', async () => {
    const { destinations, policy, timeoutMs } = (await reviews()).explain({
      url: 'http://reviews/api',
      headers: { 'x-canary': 'true' },
    })
    expect(timeoutMs).toBe(3_000)
    expect(policy.timeout).toEqual({ value: 3_000, origin: { file: 'm.yaml', line: 8 } })
    const [v2] = destinations
    expect(v2?.policy.loadBalancer).toMatchObject({ value: 'random', origin: { file: 'm.yaml' } })
    expect(v2?.policy.limits).toMatchObject({ value: { maxRequests: 100 }, origin: { file: 'm.yaml', line: 36 } })
    expect(v2?.policy.loadBalancer?.origin?.line).toBeGreaterThan(40)
  })

  it('shows of headers their names alone: values may be secret', () => {
    const headers = { authorization: 'Bearer s3cr3t' }
    const services = {
      a: { endpoints: [at(9001, 'v1')], healthCheck: { path: '/', headers }, fallback: { status: 200, headers } },
    }
    const told = meshOf({ services }).explain({ url: 'http://a/' })
    expect(told.destinations[0]?.policy.healthCheck?.value).toEqual({ path: '/', headers: ['authorization'] })
    expect(JSON.stringify(told)).not.toContain('s3cr3t')
  })

  it('shows what is changed on the way', async () => {
    const { action } = (await reviews()).explain({ url: 'http://reviews/api', headers: { 'x-canary': 'true' } })
    expect(action).toMatchObject({ kind: 'forward', path: '/v2/api', authority: 'reviews' })
  })

  it.each(['http://REVIEWS/', 'http://reviews:9080/', 'http://Reviews.default.svc.cluster.local.:80/x?y'])(
    'finds the service of %s',
    async (url) => {
      expect((await reviews()).explain({ url }).service).toBe('reviews')
    },
  )

  it('shows an endpoint that is ejected', async () => {
    const server = http.createServer((_request, response) => response.writeHead(500).end())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    closers.push(() => new Promise((done) => server.close(done)))
    const { port } = server.address() as AddressInfo
    const mesh = meshOf({
      services: {
        a: {
          endpoints: [{ url: `http://127.0.0.1:${port}` }, { url: 'http://127.0.0.1:1' }],
          outlierDetection: { consecutive5xxErrors: 1, maxEjectionPercent: 50 },
          loadBalancer: { type: 'round-robin', panicThresholdPercent: 0 },
        },
      },
    })
    const ejected = new Promise((resolve) => mesh.on('ejection', resolve))
    for (const attempt of [1, 2]) await mesh.request({ service: 'a', path: `/${attempt}` }).catch(() => {})
    await ejected
    const [destination] = mesh.explain({ url: 'http://a/' }).destinations
    expect(destination?.endpoints.map((one) => [one.ejected, one.takesCalls]).toSorted()).toEqual([
      [false, true],
      [true, false],
    ])
  })
})

describe('a call that its route answers', () => {
  it('shows the answer, and is not refused', () => {
    const mesh = meshOf({
      services: {
        a: {
          routes: [
            { match: [{ path: '/old' }], redirect: { path: '/new', status: 301 } },
            { directResponse: { status: 418 } },
          ],
        },
      },
    })
    expect(mesh.explain({ url: 'http://a/old' })).toMatchObject({
      refused: undefined,
      action: { kind: 'redirect', status: 301, location: 'http://a/new' },
      destinations: [],
    })
    expect(mesh.explain({ url: 'http://a/x' }).action).toMatchObject({ kind: 'respond', status: 418 })
  })
})

describe('a call that is refused', () => {
  const endpoints = [{ url: 'http://127.0.0.1:1' }]
  const cases: [what: string, config: MeshConfig, outbound: 'registry-only' | undefined, refused: object][] = [
    ['no service is called so', {}, 'registry-only', { code: 'ERR_MESH_NO_ROUTE', status: 404, flag: 'NR' }],
    [
      'no route matches',
      { services: { a: { endpoints, routes: [{ match: [{ path: '/x' }] }] } } },
      undefined,
      { code: 'ERR_MESH_NO_ROUTE', reason: 'no route of "a" matches the call' },
    ],
    [
      'its destination does not exist',
      { services: { a: { allowUnknownDestinations: true, routes: [{ to: [{ service: 'b' }] }] } } },
      undefined,
      { code: 'ERR_MESH_NO_CLUSTER', status: 503, flag: 'NC' },
    ],
    ['nobody could take it', { services: { a: {} } }, undefined, { code: 'ERR_MESH_NO_HEALTHY_ENDPOINT', flag: 'UH' }],
  ]
  it.each(cases)('says why: %s', async (_what, config, outbound, refused) => {
    const mesh = meshOf(config, outbound)
    expect(mesh.explain({ url: 'http://a/' }).refused).toMatchObject(refused)
    await expect(mesh.request({ url: 'http://a/' })).rejects.toMatchObject({ code: Object.entries(refused)[0]?.[1] })
  })

  it('is not one that passes through', () => {
    expect(meshOf({}).explain({ url: 'http://elsewhere/' })).toMatchObject({ passthrough: true, refused: undefined })
  })

  it('is not one that has another destination left', () => {
    const { refused, destinations } = meshOf({
      services: {
        a: {
          allowUnknownDestinations: true,
          endpoints,
          routes: [{ to: [{ weight: 1 }, { service: 'b', weight: 1 }] }],
        },
      },
    }).explain({ url: 'http://a/' })
    expect(refused).toBeUndefined()
    expect(destinations.map(({ exists }) => exists)).toEqual([true, false])
  })

  /** What explain says, beside what a call meets. */
  async function codes(mesh: Mesh): Promise<{ told: string | undefined; met: unknown }> {
    const met = await mesh.request({ service: 'a' }).then(
      ({ status }) => status,
      (error) => error.code,
    )
    return { told: mesh.explain({ url: 'http://a/' }).refused?.code, met }
  }

  it('says that a breaker is open', async () => {
    const mesh = meshOf({ services: { a: { endpoints, circuitBreaker: {} } } })
    expect(mesh.explain({ url: 'http://a/' })).toMatchObject({
      refused: undefined,
      destinations: [{ breaker: 'closed' }],
    })
    mesh.breakers()[0]?.open()
    expect(mesh.explain({ url: 'http://a/' })).toMatchObject({
      refused: { code: 'ERR_MESH_CIRCUIT_OPEN', status: 503, reason: 'the circuit of "a" is open' },
      destinations: [{ breaker: 'open', endpoints: [{ takesCalls: true }] }],
    })
    expect(await codes(mesh)).toEqual({ told: 'ERR_MESH_CIRCUIT_OPEN', met: 'ERR_MESH_CIRCUIT_OPEN' })
  })

  it('is not one that a breaker would refuse which only observes', () => {
    const mesh = meshOf({ services: { a: { endpoints, circuitBreaker: { mode: 'observe' } } } })
    mesh.breakers()[0]?.open()
    expect(mesh.explain({ url: 'http://a/' })).toMatchObject({
      refused: undefined,
      destinations: [{ breaker: 'open' }],
    })
  })

  it('says that the breaker of every endpoint is open, and of which', async () => {
    const server = http.createServer((_request, response) => response.end())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    closers.push(() => new Promise((done) => server.close(done)))
    const { port } = server.address() as AddressInfo
    const good = { url: `http://127.0.0.1:${port}` }
    const circuitBreaker = { per: 'endpoint' } as const
    const mesh = meshOf({ services: { a: { endpoints: [good], circuitBreaker } } })
    await (await mesh.request({ service: 'a' })).body.bytes()
    mesh.breakers()[0]?.open()
    expect(await codes(mesh)).toEqual({ told: 'ERR_MESH_CIRCUIT_OPEN', met: 'ERR_MESH_CIRCUIT_OPEN' })
    const [destination] = mesh.explain({ url: 'http://a/' }).destinations
    expect(destination?.breaker).toBeUndefined()
    expect(destination?.endpoints).toMatchObject([{ refusing: true, takesCalls: false, healthy: true }])
    await mesh.update({ services: { a: { endpoints: [good, ...endpoints], circuitBreaker } } })
    const { refused, destinations } = mesh.explain({ url: 'http://a/' })
    expect(refused).toBeUndefined()
    expect(destinations[0]?.endpoints.map(({ refusing }) => refusing)).toEqual([true, false])
  })

  it.each<[what: string, resolver: Resolver, reason: string]>([
    [
      'has failed',
      {
        watch: (_report, failed) => {
          failed(new Error('no such name'))
          return () => {}
        },
      },
      '"a" has no endpoint that takes calls: no such name',
    ],
    [
      'has found nothing',
      {
        watch: (report) => {
          report([])
          return () => {}
        },
      },
      '"a" has no endpoint that takes calls',
    ],
  ])('says that nobody could take it: a discovery that %s', async (_what, discovery, reason) => {
    const mesh = meshOf({ services: { a: { discovery } } })
    expect(mesh.explain({ url: 'http://a/' }).refused?.reason).toBe(reason)
    expect(await codes(mesh)).toEqual({ told: 'ERR_MESH_NO_HEALTHY_ENDPOINT', met: 'ERR_MESH_NO_HEALTHY_ENDPOINT' })
  })

  it('is not one that waits for a discovery', () => {
    const mesh = meshOf({ services: { a: { discovery: { watch: () => () => {} } } } })
    expect(mesh.explain({ url: 'http://a/' }).refused).toBeUndefined()
  })
})

describe('the retries that are told', () => {
  it.each([
    [{ attempts: 3 }, { attempts: 3, on: ['connect-failure', 'refused-stream', 'reset'] }],
    [{ on: ['5xx', 409] }, { attempts: 2, on: ['5xx', 409] }],
    [{ attempts: 0 }, undefined],
    [undefined, undefined],
  ] satisfies [ServiceConfig['retry'], object | undefined][])('of %j', (retry, told) => {
    const mesh = meshOf({ services: { a: { endpoints: [at(9001, 'v1')], retry } } })
    expect(mesh.explain({ url: 'http://a/' }).retry).toEqual(told)
  })
})
