import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createMesh } from '../../src/index.js'
import { loadManifests } from '../../src/manifests/index.js'
import { fakeClock } from '../../src/testing/fake-clock.js'

interface Answer {
  status: number
  body: string
  headers: http.IncomingHttpHeaders
}

type Get = (host: string, path?: string, headers?: Record<string, string | string[]>) => Promise<Answer>

async function listen(handler: http.RequestListener): Promise<number> {
  const server = http.createServer(handler)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    return new Promise<void>((done) => void server.close(() => done()))
  })
  return (server.address() as AddressInfo).port
}

/** A gateway of these manifests in front of `api`, which answers what it was asked. */
async function gatewayOf(...texts: string[]): Promise<Get> {
  const port = await listen((request, response) => response.end(JSON.stringify(request.headers)))
  const config = await loadManifests([{ name: 'm.yaml', text: texts.join('---\n') }], {
    endpoints: { api: [{ url: `http://127.0.0.1:${port}` }] },
  })
  const mesh = createMesh({ service: 'edge', config, clock: fakeClock({ wallMs: Date.UTC(2026, 0, 1, 12, 0, 10) }) })
  onTestFinished(() => mesh.close())
  const edge = await listen(mesh.gateway())
  return (host, path = '/', headers = {}) =>
    new Promise((resolve, reject) => {
      const request = http.get({ port: edge, path, headers: { host, ...headers } }, async (response) => {
        let body = ''
        for await (const chunk of response) body += String(chunk)
        resolve({ status: response.statusCode ?? 0, body, headers: response.headers })
      })
      request.on('error', reject)
    })
}

function ingress(plugins: string, ...hosts: string[]): string {
  const rule = (host: string): string => `  - host: ${host}
    http:
      paths:
      - { path: /, pathType: Prefix, backend: { service: { name: api, port: { number: 80 } } } }
`
  return `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  annotations: { konghq.com/plugins: "${plugins}" }
spec:
  rules:
${hosts.map(rule).join('')}`
}

function service(plugins: string): string {
  return `apiVersion: v1
kind: Service
metadata: { name: api, annotations: { konghq.com/plugins: "${plugins}" } }
spec: { ports: [{ port: 80 }] }
`
}

function plugin(name: string, kind: string, config: string): string {
  return `apiVersion: configuration.konghq.com/v1
kind: KongPlugin
metadata: { name: ${name} }
plugin: ${kind}
config: ${config}
`
}

describe('a refusal', () => {
  it.each([
    ['without a route', 'elsewhere.example', 404, 'no Route matched with those values'],
    ['past a limit', 'a.example', 429, 'API rate limit exceeded'],
  ])("%s is in Kong's words, and says which request it was", async (_, host, status, message) => {
    const limit = plugin('one', 'rate-limiting', '{ hour: 1 }')
    const get = await gatewayOf(ingress('one', 'a.example'), limit)
    await get('a.example')
    const refused = await get(host)
    expect([refused.status, refused.headers['content-type']]).toEqual([status, 'application/json; charset=utf-8'])
    expect(JSON.parse(refused.body)).toEqual({ message, request_id: expect.stringMatching(/^[\w-]+$/) })
  })
})

describe('a limit', () => {
  const limit = plugin('two', 'rate-limiting', '{ hour: 2, limit_by: ip }')
  const hosts = ['a.example', 'b.example', 'c.example']

  async function statuses(get: Get): Promise<number[]> {
    const seen: number[] = []
    for (const host of [...hosts, ...hosts, ...hosts]) seen.push((await get(host)).status)
    return seen
  }

  it('on a Service counts the calls of all its routes together', async () => {
    expect(await statuses(await gatewayOf(ingress('', ...hosts), service('two'), limit))).toEqual([
      200, 200, 429, 429, 429, 429, 429, 429, 429,
    ])
  })

  it('on an Ingress counts those of each route by themselves, also where the Service has it too', async () => {
    expect(await statuses(await gatewayOf(ingress('two', ...hosts), service('two'), limit))).toEqual([
      200, 200, 200, 200, 200, 200, 429, 429, 429,
    ])
  })
})
