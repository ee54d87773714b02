import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createMesh } from '../../src/mesh/create-mesh.js'
import type { NodeHandler } from '../../src/server/mesh-server.js'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function upstream(): Promise<string> {
  const server = http.createServer((request, response) => response.end(`${request.method} ${request.url}`))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => new Promise((done) => server.close(done)))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

type Wrap = (gateway: NodeHandler) => NodeHandler
const itself: Wrap = (gateway) => gateway
const inAnApplication: Wrap = (gateway) => (request, response) => gateway(request, response)

async function edge(wrap: Wrap): Promise<{ url: string; metrics: () => Promise<string> }> {
  const mesh = createMesh({
    service: 'edge',
    config: {
      services: { api: { endpoints: [{ url: await upstream() }] } },
      inbound: { rateLimits: [{ name: 'all', limit: 3, per: '1h', by: 'all' }] },
      gateway: {
        routes: [
          { paths: ['/api'], service: 'api', plugins: [{ name: 'rate-limiting', config: { limit: 2, per: '1h' } }] },
        ],
      },
    },
  })
  const { port } = await mesh.server(wrap(mesh.gateway())).listen({ host: '127.0.0.1' })
  closers.push(() => mesh.close())
  const registry = mesh.metrics as { metrics(): Promise<string> }
  return { url: `http://127.0.0.1:${port}`, metrics: () => registry.metrics() }
}

async function seen(wrap: Wrap): Promise<{ answers: unknown[]; counted: string[] }> {
  const { url, metrics } = await edge(wrap)
  const answers: unknown[] = []
  for (const path of ['/api/a?b', '/none', '/api/c', '/api/d']) {
    const response = await fetch(url + path)
    const body = response.status === 200 ? await response.text() : ((await response.json()) as { code: string }).code
    answers.push([response.status, body, response.headers.get('ratelimit')?.replaceAll(/t=\d+/g, 't=*')])
  }
  const counted = (await metrics())
    .split('\n')
    .filter((line) => /^(?:istio_requests_total|kong_http_requests_total|mesh_ratelimit_total)\{/.test(line))
  return { answers, counted: counted.sort() }
}

describe('a mesh server around its own gateway', () => {
  it('runs the policies of the server, then the plugins of the route, then forwards', async () => {
    const { answers } = await seen(itself)
    expect(answers).toEqual([
      [200, 'GET /api/a?b', '"all";r=2;t=*, "default";r=1;t=*'],
      [404, 'ERR_MESH_NO_ROUTE', '"all";r=1;t=*'],
      [200, 'GET /api/c', '"all";r=0;t=*, "default";r=0;t=*'],
      [429, 'ERR_MESH_RATE_LIMITED', expect.anything()],
    ])
  })

  it('answers as with an application in between', async () => {
    const { answers } = await seen(itself)
    expect(answers).toEqual((await seen(inAnApplication)).answers)
  })

  it('counts its requests as a workload and as a gateway', async () => {
    const { counted } = await seen(itself)
    expect(counted.filter((line) => line.includes('reporter="destination"'))).toHaveLength(3)
    expect(counted).toContainEqual(expect.stringMatching(/^kong_http_requests_total\{service="api".*code="200".* 2$/))
  })
})
