import { describe, expect, it } from 'vitest'
import type { LoadedConfig } from '../../../src/manifests/index.js'
import { found, messages } from '../load-text.js'
import { httpRoute, load, meshRoute, rule, service } from './route-text.js'

function names(config: LoadedConfig, owner = 'echo'): (string | undefined)[] {
  return (config.services?.[owner]?.routes ?? []).map(({ name }) => name)
}

const named = (name: string, more = ''): string =>
  `    - name: ${name}\n      backendRefs: [{ name: v1, port: 8080 }]\n${more}`

function inNamespace(namespace: string, name: string, parent: string): string {
  return `apiVersion: gateway.networking.k8s.io/v1beta1
kind: HTTPRoute
metadata: { name: ${name}, namespace: ${namespace} }
spec:
  parentRefs: [${parent}]
  rules:
${named(name)}`
}

const echo = '{ group: "", kind: Service, name: echo, namespace: infra }'
const twoPorts = `apiVersion: v1
kind: Service
metadata: { name: two, namespace: infra }
spec: { ports: [{ name: web, port: 80 }, { name: admin, port: 8080 }] }
`

describe('a route of a Service', () => {
  it('takes the place of the default route, so that what it does not match has none', async () => {
    const config = await load(meshRoute('r', rule('v1', '{ path: { value: /a } }')))
    expect(config.services?.echo?.routes).toEqual([
      {
        name: 'infra.r.0',
        match: [{ path: { pathPrefix: '/a' } }],
        to: [{ service: 'v1' }],
        origin: { file: 'm.yaml', line: 7 },
      },
    ])
    expect(config.services?.v1?.routes).toBeUndefined()
  })

  it('without rules takes every call and has nowhere to send it', async () => {
    const config = await load(httpRoute('r', `  parentRefs: [${echo}]\n`))
    expect(config.services?.echo?.routes).toMatchObject([{ directResponse: { status: 500 } }])
  })

  it('does not look at hostnames, and says so', async () => {
    const config = await load(httpRoute('r', `  hostnames: [a.com]\n  parentRefs: [${echo}]\n  rules:\n${named('a')}`))
    expect(names(config)).toEqual(['a'])
    expect(found(config)).toEqual(['m.yaml:5:3 warning unsupported-field spec.hostnames'])
  })

  it('is for the port that it names', async () => {
    const parent = (more: string): string => `{ group: "", kind: Service, name: two${more} }`
    const route = (more: string): Promise<LoadedConfig> =>
      load([twoPorts, httpRoute('r', `  parentRefs: [${parent(more)}]\n  rules:\n${named('a')}`)], {
        endpoints: { 'two.infra': [{ url: 'http://127.0.0.1' }], echo: [], v1: [], v2: [], v3: [] },
      })
    const first = await route(', port: 80')
    expect([names(first, 'two'), names(first, 'two:8080')]).toEqual([['a'], []])
    const second = await route(', sectionName: admin')
    expect([names(second, 'two'), names(second, 'two:8080')]).toEqual([[], ['a']])
    const both = await route('')
    expect([names(both, 'two'), names(both, 'two:8080')]).toEqual([['a'], ['a']])
    const neither = await route(', port: 81')
    expect([names(neither, 'two'), names(neither, 'two:8080')]).toEqual([[], []])
    expect(found(neither).at(-1)).toMatch(/warning unknown-port spec.parentRefs\[0\]\.port/)
  })

  it('attached to a Service that is not there says so, and in strict mode does nothing', async () => {
    const route = httpRoute('r', `  parentRefs: [{ group: "", kind: Service, name: none }]\n  rules:\n${named('a')}`)
    const lax = await load(route)
    expect(names(lax, 'none')).toEqual(['a'])
    expect(found(lax)).toEqual([expect.stringMatching(/^m\.yaml:5:\d+ warning missing-service /)])
    expect((await load(route, { strict: true })).services?.none).toBeUndefined()
  })

  it('leaves a Service alone that a VirtualService routes', async () => {
    const virtual =
      'apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: { name: vs, namespace: infra }\nspec: { hosts: [echo], http: [{ name: vs, route: [{ destination: { host: v2 } }] }] }\n'
    const config = await load([virtual, meshRoute('r', named('a'))])
    expect(config.services?.echo?.routes).toHaveLength(1)
    expect(names(config)).not.toContain('a')
    expect(found(config)).toContain('m.yaml:8:13 warning shadowed metadata.name')
  })

  it('speaks as a sidecar of Istio does', async () => {
    expect((await load(meshRoute('r', named('a')))).services?.echo).toMatchObject({ envoyHeaders: true })
  })
})

describe('a consumer route', () => {
  it('takes the place of the producer routes for the callers of its namespace', async () => {
    const documents = [
      inNamespace('infra', 'producer', echo),
      inNamespace('shop', 'consumer', echo),
      service('v1', 'shop'),
    ]
    const own = await load(documents, { namespace: 'shop' })
    expect(names(own, 'echo.infra')).toEqual(['consumer'])
    const other = await load(documents, { namespace: 'infra' })
    expect(names(other)).toEqual(['producer'])
    expect(messages(other)).toContain('Its rules are for callers in "shop", and the calls come from "infra"')
  })
})

describe('parentRefs', () => {
  const parents = (list: string): Promise<LoadedConfig> =>
    load(httpRoute('r', `  parentRefs: ${list}\n  rules:\n${named('a')}`))

  it.each<[string, string, string]>([
    ['none', '[]', 'spec.parentRefs'],
    ['another kind', '[{ group: a.com, kind: Mesh, name: m }]', 'spec.parentRefs[0].kind'],
    ['a Service without its empty group', '[{ kind: Service, name: echo }]', 'spec.parentRefs[0].kind'],
  ])('with %s attach the route to nothing, with a warning', async (_, list, place) => {
    const config = await parents(list)
    expect(found(config)).toEqual([expect.stringContaining(place)])
    expect(config.diagnostics[0]?.severity).toBe('warning')
    expect(names(config)).toEqual([])
  })

  it.each<[string, string]>([
    ['the same twice', `[${echo}, ${echo}]`],
    ['the same in two ways', `[${echo}, { group: "", kind: Service, name: echo }]`],
    ['a port and all ports', `[${echo}, { group: "", kind: Service, name: echo, port: 8080 }]`],
    [
      'a port twice',
      '[{ group: "", kind: Service, name: echo, port: 8080 }, { group: "", kind: Service, name: echo, port: 8080 }]',
    ],
    ['no name', '[{ group: "", kind: Service }]'],
    ['a port out of range', '[{ group: "", kind: Service, name: echo, port: 65536 }]'],
    ['a strange kind', '[{ kind: "a/b", name: echo }]'],
    ['33 items', `[${Array.from({ length: 33 }, (_, i) => `{ name: g${i} }`).join(', ')}]`],
  ])('refuse %s', async (_, list) => {
    const config = await parents(list)
    expect(config.diagnostics.filter((one) => one.severity === 'error')).toHaveLength(1)
  })
})

it('a route without spec, or with an unknown field, is an error', async () => {
  const bare = 'apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: { name: r, namespace: infra }\n'
  expect(found(await load(bare))).toEqual(['m.yaml:1:1 error missing-field spec'])
  expect(found(await load(meshRoute('r', '    - backendRef: []\n')))).toEqual([
    'm.yaml:7:7 error unknown-field spec.rules[0].backendRef',
  ])
})

it('routes of other protocols are reported', async () => {
  const other =
    'apiVersion: gateway.networking.k8s.io/v1\nkind: GRPCRoute\nmetadata: { name: r, namespace: infra }\nspec: {}\n'
  expect(found(await load(other))).toEqual(['m.yaml:3:13 warning unsupported-resource metadata.name'])
})
