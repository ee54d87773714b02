import http, { type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect } from 'vitest'
import { type LoadedConfig, type LoadManifestsOptions, loadManifests } from '../../../src/manifests/index.js'
import { createMesh } from '../../../src/mesh/create-mesh.js'
import type { Mesh } from '../../../src/mesh/mesh.js'
import { service } from '../../manifests/gateway-api/route-text.js'
import { found } from '../../manifests/load-text.js'

/** What a backend saw of a request. */
export interface Seen {
  readonly backend: string
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
}

/** What a client got. */
export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** The backend that answered; undefined when none did. */
  readonly seen: Seen | undefined
}

/** Lets a backend answer otherwise than 200; `undefined` for 200, a promise that never settles for no answer. */
export type Behaviour = (seen: Seen, count: number) => number | Promise<number> | undefined

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** Listens on a free port, or on the one that is said, until the test ends. */
export function listen(handler: http.RequestListener, port: number = 0): Promise<number> {
  const server = http.createServer(handler)
  return new Promise((resolve) => {
    server.listen(port, '127.0.0.1', () => {
      closers.push(() => {
        server.closeAllConnections()
        return new Promise((done) => server.close(done))
      })
      resolve((server.address() as AddressInfo).port)
    })
  })
}

/** Free ports of this machine, for what has to be known before a server listens. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => http.createServer())
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve) =>
          server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
        ),
    ),
  )
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))))
  return ports
}

/** The backends: `v1` to `v3` and `echo` in `infra`, `far` in `other`. */
const backends: readonly (readonly [name: string, namespace: string])[] = [
  ['echo', 'infra'],
  ['v1', 'infra'],
  ['v2', 'infra'],
  ['v3', 'infra'],
  ['far', 'other'],
]

/** Starts the backends; each tells in its answer what it saw. */
export async function upstreams(
  behave: Behaviour = () => undefined,
): Promise<{ endpoints: NonNullable<LoadManifestsOptions['endpoints']>; seen: Seen[] }> {
  const seen: Seen[] = []
  const endpoints: Record<string, { url: string }[]> = {}
  for (const [backend, namespace] of backends) {
    const port = await listen(async (request, response) => {
      const sight = { backend, method: request.method ?? '', url: request.url ?? '', headers: request.headers }
      seen.push(sight)
      const status = (await behave(sight, seen.filter((one) => one.backend === backend).length)) ?? 200
      response.writeHead(status, { 'x-upstream': backend, 'x-more': 'theirs' })
      response.end(JSON.stringify(sight))
    })
    endpoints[`${backend}.${namespace}`] = [{ url: `http://127.0.0.1:${port}` }]
  }
  return { endpoints, seen }
}

/** Loads documents beside the Services of the backends, for callers in `infra` unless said otherwise. */
export async function load(
  documents: string | readonly string[],
  options: LoadManifestsOptions = {},
): Promise<LoadedConfig> {
  const services = backends.map(([name, namespace]) => service(name, namespace))
  const config = await loadManifests(
    [
      { name: 'b.yaml', text: services.join('---\n') },
      { name: 'm.yaml', text: typeof documents === 'string' ? documents : documents.join('---\n') },
    ],
    { namespace: 'infra', ...options },
  )
  expect(found(config).filter((line) => line.includes(' error '))).toEqual([])
  return config
}

/** A mesh that ends with the test. */
export function meshOf(
  config: Parameters<typeof createMesh>[0]['config'],
  namespace = 'infra',
  random?: () => number,
): Mesh {
  const mesh = createMesh({
    service: { name: 'caller', namespace },
    ...(config === undefined ? {} : { config }),
    ...(random === undefined ? {} : { random }),
  })
  closers.push(() => mesh.close())
  return mesh
}

/** A request: `GET /path`, or only the path. */
export type Send = (target: string, headers?: Record<string, string>) => Promise<Answer>

function split(target: string): readonly [method: string, path: string] {
  const [method, path] = target.includes(' ') ? target.split(' ') : ['GET', target]
  return [method ?? '', path ?? '']
}

function answerOf(status: number, headers: IncomingHttpHeaders, body: string): Answer {
  const answered = headers['x-upstream'] !== undefined && body !== ''
  return { status, headers, body, seen: answered ? (JSON.parse(body) as Seen) : undefined }
}

/** Sends requests to a port of this machine under a Host, `a.com` unless a header says otherwise. */
export function client(port: number): Send {
  return function send(target, headers = {}) {
    const [method, path] = split(target)
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
          resolve(answerOf(response.statusCode ?? 0, response.headers, Buffer.concat(chunks).toString())),
        )
      })
      request.end()
    })
  }
}

/** Calls a Service from inside the mesh; what is refused here has the status that it would have at an edge. */
export function caller(mesh: Mesh, authority = 'echo'): Send {
  return async function send(target, headers = {}) {
    const [method, path] = split(target)
    try {
      const reply = await mesh.request({ url: `http://${authority}${path}`, method, headers })
      const got = [...reply.headers.entries()].map(([name]) => [name, reply.headers.getAll(name).join(', ')])
      return answerOf(reply.status, Object.fromEntries(got), await reply.body.text())
    } catch (error) {
      if (error instanceof Error && 'status' in error) return answerOf(Number(error.status), {}, '')
      throw error
    }
  }
}

/** A gateway with the documents' routes, and what its backends have seen. */
export async function edge(
  documents: string | readonly string[],
  { behave, random }: { behave?: Behaviour; random?: () => number } = {},
): Promise<{ send: Send; seen: Seen[] }> {
  const { endpoints, seen } = await upstreams(behave)
  const mesh = meshOf(await load(documents, { endpoints }), 'infra', random)
  return { send: client(await listen(mesh.gateway())), seen }
}

/** A caller of `echo` with the documents' routes, and what the backends have seen. */
export async function inside(
  documents: string | readonly string[],
  { behave, random }: { behave?: Behaviour; random?: () => number } = {},
): Promise<{ send: Send; seen: Seen[] }> {
  const { endpoints, seen } = await upstreams(behave)
  const mesh = meshOf(await load(documents, { endpoints }), 'infra', random)
  return { send: caller(mesh), seen }
}
