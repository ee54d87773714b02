import { describe, expect, it } from 'vitest'
import { loadManifests } from '../../../src/manifests/index.js'
import { httpRoute, rule } from '../../manifests/gateway-api/route-text.js'
import { found } from '../../manifests/load-text.js'
import { caller, inside, listen, load, meshOf, type Send, upstreams } from './harness.js'

/** MeshBasic, -Frontend, -FrontendHostname, -Ports, -Split, -ConsumerRoute, MeshHTTPRouteWeight, -NamedRule, and GEP-1294. */

const stamp = (value: string): string =>
  `{ type: ResponseHeaderModifier, responseHeaderModifier: { set: [{ name: x-header-set, value: ${value} }] } }`

/** A route of a Service that marks its replies. */
const marked = (name: string, parent: string, backend: string, value: string): string =>
  httpRoute(
    name,
    `  parentRefs: [{ group: "", kind: Service, ${parent} }]\n  rules:\n    - { filters: [${stamp(value)}], backendRefs: [${backend}] }\n`,
  )

const mark = async (send: Send, target = '/'): Promise<unknown> => {
  const { seen, status, headers } = await send(target)
  return [seen?.backend ?? status, headers['x-header-set']]
}

it('a Service without routes is called as it is', async () => {
  const { endpoints } = await upstreams()
  const mesh = meshOf(await load(httpRoute('r', '  parentRefs: []\n'), { endpoints }))
  for (const [authority, backend] of [
    ['echo', 'echo'],
    ['v1.infra', 'v1'],
    ['v2.infra.svc.cluster.local', 'v2'],
    ['far.other', 'far'],
  ] as const)
    expect(await mark(caller(mesh, authority))).toEqual([backend, undefined])
})

it('rules are for calls to the Service, by whatever name, and not for calls to its addresses', async () => {
  const { endpoints } = await upstreams()
  const mesh = meshOf(await load(marked('r', 'name: v2', '{ name: v2, port: 8080 }', 'set'), { endpoints }))
  for (const authority of ['v2', 'v2.infra', 'v2.infra.svc', 'v2.infra.svc.cluster.local', 'v2:8080', 'V2'])
    expect([authority, await mark(caller(mesh, authority))]).toEqual([authority, ['v2', 'set']])
  const [address] = endpoints['v2.infra'] ?? []
  expect(await mark(caller(mesh, address?.url.replace('http://', '') ?? ''))).toEqual(['v2', undefined])
})

it('the Service is what is called, whatever the Host header says', async () => {
  const { endpoints } = await upstreams()
  const mesh = meshOf(await load(marked('r', 'name: v2', '{ name: v2, port: 8080 }', 'set'), { endpoints }))
  const of = async (authority: string, host: string): Promise<unknown> => {
    const { seen, headers } = await caller(mesh, authority)('/', { host })
    return [seen?.backend, headers['x-header-set'], seen?.headers.host]
  }
  expect(await of('v2', 'v1')).toEqual(['v2', 'set', 'v1'])
  expect(await of('v1', 'v2')).toEqual(['v1', undefined, 'v2'])
})

describe('ports', () => {
  /** The Services `a` and `b` of two ports, each with a backend of its own. */
  async function twoPorts(): Promise<string[]> {
    const documents: string[] = []
    for (const name of ['a', 'b']) {
      const ports: string[] = []
      for (const port of [80, 8080]) {
        const at = await listen((_, response) => {
          response.writeHead(200, { 'x-upstream': name })
          response.end(JSON.stringify({ backend: `${name}:${port}`, method: '', url: '', headers: {} }))
        })
        ports.push(`{ name: p${port}, port: ${at} }`)
      }
      documents.push(
        `apiVersion: v1\nkind: Service\nmetadata: { name: ${name}, namespace: infra }\nspec: { ports: [{ name: p80, port: 80 }, { name: p8080, port: 8080 }] }\n`,
        `apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: { name: ${name}, namespace: infra, labels: { kubernetes.io/service-name: ${name} } }\naddressType: IPv4\nports: [${ports.join(', ')}]\nendpoints: [{ addresses: [127.0.0.1] }]\n`,
      )
    }
    return documents
  }

  it('a route of one port leaves the others alone, a route of none has them all', async () => {
    const documents = [
      ...(await twoPorts()),
      marked('one', 'name: a, port: 80', '{ name: a, port: 80 }', 'a'),
      marked('all', 'name: b', '{ name: b, port: 80 }', 'b'),
    ]
    const config = await loadManifests([{ name: 'm.yaml', text: documents.join('---\n') }], { namespace: 'infra' })
    expect(found(config)).toEqual([])
    const mesh = meshOf(config)
    expect(await mark(caller(mesh, 'a'))).toEqual(['a:80', 'a'])
    expect(await mark(caller(mesh, 'a:8080'))).toEqual(['a:8080', undefined])
    expect(await mark(caller(mesh, 'b'))).toEqual(['b:80', 'b'])
    expect(await mark(caller(mesh, 'b:8080'))).toEqual(['b:80', 'b'])
  })
})

it('a Service is split by paths and headers, and what no rule takes is 404', async () => {
  const { send } = await inside(
    httpRoute(
      'r',
      `  parentRefs: [{ group: "", kind: Service, name: echo, port: 8080 }]\n  rules:\n${rule('v1', '{ path: { type: Exact, value: /v1 } }')}${rule('v2', '{ path: { type: Exact, value: /v2 } }, { headers: [{ name: to, value: v2 }] }')}`,
    ),
  )
  expect([
    (await send('/v1')).seen?.backend,
    (await send('/v2')).seen?.backend,
    (await send('/x', { to: 'v2' })).seen?.backend,
  ]).toEqual(['v1', 'v2', 'v2'])
  expect((await send('/')).status).toBe(404)
})

describe('routes of another namespace', () => {
  const consumer = (name: string, value: string, namespace: string): string =>
    marked(name, 'name: v1, namespace: infra', '{ name: v1, namespace: infra, port: 8080 }', value).replace(
      `name: ${name}, namespace: infra`,
      `name: ${name}, namespace: ${namespace}`,
    )

  it.each<readonly [string, string, string | undefined, boolean]>([
    ['are for the callers there', 'consumers', 'consumer', false],
    ['are not for others', 'infra', undefined, false],
    ['are not for third parties', 'third', undefined, false],
    ['take the place of the producer’s there', 'consumers', 'consumer', true],
    ['leave the producer’s to others', 'infra', 'producer', true],
    ['leave the producer’s to third parties', 'third', 'producer', true],
  ])('%s (a caller in %s)', async (_, namespace, value, produced) => {
    const { endpoints } = await upstreams()
    const documents = [
      consumer('c', 'consumer', 'consumers'),
      ...(produced ? [marked('p', 'name: v1', '{ name: v1, port: 8080 }', 'producer')] : []),
    ]
    const mesh = meshOf(await load(documents, { endpoints, namespace }), namespace)
    expect(await mark(caller(mesh, 'v1.infra'))).toEqual(['v1', value])
  })

  it('may lead to backends anywhere without a grant', async () => {
    const { send } = await inside(marked('r', 'name: echo', '{ name: far, namespace: other, port: 8080 }', 'set'))
    expect(await mark(send)).toEqual(['far', 'set'])
  })
})

it('several routes of a Service are one list; a rule may have a name', async () => {
  const parent = '  parentRefs: [{ group: "", kind: Service, name: echo }]\n  rules:\n'
  const { send } = await inside([
    httpRoute(
      'b',
      `${parent}    - { name: named-rule, matches: [{ path: { type: PathPrefix, value: /named } }], backendRefs: [{ name: v1, port: 8080 }] }\n`,
    ),
    httpRoute(
      'a',
      `${parent}${rule('v2', '{ path: { type: PathPrefix, value: /unnamed } }')}${rule('v3', '{ path: { type: PathPrefix, value: /named } }')}`,
    ),
  ])
  expect((await send('/unnamed')).seen?.backend).toBe('v2')
  expect((await send('/named')).seen?.backend).toBe('v3')
})
