import { describe, expect, it } from 'vitest'
import { gateway, httpRoute } from '../../manifests/gateway-api/route-text.js'
import { client, edge, freePorts, listen, load, meshOf, type Send, upstreams } from './harness.js'

/** HTTPRouteListenerHostnameMatching, -HostnameIntersection, GatewayHTTPListenerIsolation, -ListenerPortMatching, parent references, CrossNamespace. */

const to = (backend: string, path = '/'): string =>
  `    - matches: [{ path: { type: PathPrefix, value: ${path} } }]\n      backendRefs: [{ name: ${backend}, port: 8080 }]\n`

function route(
  name: string,
  rules: string,
  sections: readonly string[] = [],
  hostnames: readonly string[] = [],
): string {
  const parents =
    sections.length === 0 ? '{ name: gw }' : sections.map((one) => `{ name: gw, sectionName: ${one} }`).join(', ')
  const hosts = hostnames.length === 0 ? '' : `  hostnames: [${hostnames.map((one) => `"${one}"`).join(', ')}]\n`
  return httpRoute(name, `  parentRefs: [${parents}]\n${hosts}  rules:\n${rules}`)
}

const listener = (name: string, hostname = '', port = 80): string =>
  `{ name: ${name}, port: ${port}, protocol: HTTP${hostname === '' ? '' : `, hostname: "${hostname}"`} }`

type Case = readonly [host: string, path: string, backend: string | number]

async function expectAll(send: Send, cases: readonly Case[]): Promise<void> {
  const got = []
  for (const [host, path] of cases) {
    const { status, seen } = await send(path, { host })
    got.push([host, path, seen?.backend ?? status])
    if (seen !== undefined) expect(seen.headers.host).toBe(host)
  }
  expect(got).toEqual(cases)
}

it('a request goes to the listener that names its host most closely', async () => {
  const { send } = await edge([
    gateway(
      'gw',
      listener('l1', 'bar.com'),
      listener('l2', 'foo.bar.com'),
      listener('l3', '*.bar.com'),
      listener('l4', '*.foo.com'),
    ),
    route('one', to('v1'), ['l1']),
    route('two', to('v2'), ['l2']),
    route('three', to('v3'), ['l3', 'l4']),
  ])
  await expectAll(send, [
    ['bar.com', '/', 'v1'],
    ['foo.bar.com', '/', 'v2'],
    ['baz.bar.com', '/', 'v3'],
    ['boo.bar.com', '/', 'v3'],
    ['multiple.prefixes.bar.com', '/', 'v3'],
    ['multiple.prefixes.foo.com', '/', 'v3'],
    ['foo.com', '/', 404],
    ['no.matching.host', '/', 404],
    ['foo.bar.com:8080', '/', 'v2'],
  ])
})

it('a route has the hostnames that both it and a listener take', async () => {
  const { send } = await edge([
    gateway(
      'gw',
      listener('l1', 'very.specific.com'),
      listener('l2', '*.wildcard.io'),
      listener('l3', '*.anotherwildcard.io'),
    ),
    route('exact', to('v1', '/s1'), [], ['non.matching.com', '*.nonmatchingwildcard.io', 'very.specific.com']),
    route(
      'below',
      to('v2', '/s2'),
      [],
      ['non.matching.com', 'wildcard.io', 'foo.wildcard.io', 'bar.wildcard.io', 'foo.bar.wildcard.io'],
    ),
    route('above', to('v3', '/s3'), [], ['non.matching.com', '*.specific.com']),
    route('same', to('v1', '/s4'), [], ['*.anotherwildcard.io']),
    route('none', to('v2', '/s5'), [], ['specific.but.wrong.com', 'wildcard.io']),
    route('any', to('v3', '/s6')),
  ])
  await expectAll(send, [
    ['very.specific.com', '/s1', 'v1'],
    ['very.specific.com:1234', '/s1', 'v1'],
    ['non.matching.com', '/s1', 404],
    ['foo.nonmatchingwildcard.io', '/s1', 404],
    ['foo.wildcard.io', '/s1', 404],
    ['very.specific.com', '/non-matching-prefix', 404],
    ['foo.wildcard.io', '/s2', 'v2'],
    ['foo.wildcard.io:1234', '/s2', 'v2'],
    ['bar.wildcard.io', '/s2', 'v2'],
    ['foo.bar.wildcard.io', '/s2', 'v2'],
    ['non.matching.com', '/s2', 404],
    ['wildcard.io', '/s2', 404],
    ['very.specific.com', '/s2', 404],
    ['foo.wildcard.io', '/non-matching-prefix', 404],
    ['other.wildcard.io', '/s2', 404],
    ['very.specific.com', '/s3', 'v3'],
    ['foo.specific.com', '/s3', 404],
    ['foo.wildcard.io', '/s3', 404],
    ['one.anotherwildcard.io', '/s4', 'v1'],
    ['one.two.anotherwildcard.io', '/s4', 'v1'],
    ['anotherwildcard.io', '/s4', 404],
    ['foo.wildcard.io', '/s4', 404],
    ['specific.but.wrong.com', '/s5', 404],
    ['wildcard.io', '/s5', 404],
    ['very.specific.com', '/s6', 'v3'],
    ['foo.anotherwildcard.io', '/s6', 'v3'],
    ['elsewhere.org', '/s6', 404],
  ])
})

it('of two routes whose hostnames a listener makes equal, the one that names more goes first', async () => {
  const { send } = await edge([
    gateway('gw', listener('l', 'a.b.example.com')),
    route('a-any', to('v1')),
    route('b-wide', to('v2'), [], ['*.example.com']),
    route('c-close', to('v3'), [], ['*.b.example.com']),
  ])
  await expectAll(send, [['a.b.example.com', '/', 'v3']])
})

const isolated = [
  gateway(
    'gw',
    listener('any'),
    listener('wide', '*.example.com'),
    listener('close', '*.foo.example.com'),
    listener('exact', 'abc.foo.example.com'),
  ),
  ...(['any', 'wide', 'close', 'exact'] as const).map((section, i) =>
    route(section, to(['v1', 'v2', 'v3', 'echo'][i] ?? '', `/${section}`), [section]),
  ),
]

it.each<readonly [string, string, string]>([
  ['bar.com', 'any', 'v1'],
  ['bar.example.com', 'wide', 'v2'],
  ['bar.foo.example.com', 'close', 'v3'],
  ['abc.foo.example.com', 'exact', 'echo'],
])('a request for %s meets the routes of the listener "%s" and no others', async (host, own, backend) => {
  const { send } = await edge(isolated)
  await expectAll(
    send,
    ['any', 'wide', 'close', 'exact'].map((section) => [host, `/${section}`, section === own ? backend : 404]),
  )
})

it('listeners are isolated though the hostnames of their routes are wider', async () => {
  const hosts = ['bar.com', '*.example.com', '*.foo.example.com', 'abc.foo.example.com']
  const { send } = await edge([
    isolated[0] ?? '',
    ...['any', 'wide', 'close', 'exact'].map((section, i) =>
      route(section, to(['v1', 'v2', 'v3', 'echo'][i] ?? '', `/${section}`), [section], hosts),
    ),
  ])
  const owners = {
    'bar.com': 'any',
    'bar.example.com': 'wide',
    'bar.foo.example.com': 'close',
    'abc.foo.example.com': 'exact',
  }
  const backends = { any: 'v1', wide: 'v2', close: 'v3', exact: 'echo' } as const
  for (const [host, own] of Object.entries(owners))
    await expectAll(
      send,
      Object.entries(backends).map(([section, backend]) => [host, `/${section}`, section === own ? backend : 404]),
    )
})

describe('ports', () => {
  it('a route is for the listeners of the port that it names', async () => {
    const { endpoints } = await upstreams()
    const ports = await freePorts(3)
    const [a = 0, b = 0, c = 0] = ports
    const listeners = [
      listener('l1', 'foo.com', a),
      listener('l2', 'foo.com', b),
      listener('l3', 'bar.com', b),
      listener('l4', 'foo.com', c),
    ]
    const config = await load(
      [
        gateway('gw', ...listeners),
        httpRoute('one', `  parentRefs: [{ name: gw, port: ${a} }]\n  rules:\n${to('v1')}`),
        httpRoute('two', `  parentRefs: [{ name: gw, port: ${b}, sectionName: l2 }]\n  rules:\n${to('v2')}`),
        httpRoute(
          'three',
          `  parentRefs: [{ name: gw, port: ${b}, sectionName: l3 }, { name: gw, port: ${c}, sectionName: l4 }]\n  rules:\n${to('v3')}`,
        ),
      ],
      { endpoints },
    )
    const handle = meshOf(config).gateway()
    for (const port of ports) await listen(handle, port)
    const got = []
    for (const [port, host] of [
      [a, 'foo.com'],
      [a, 'bar.com'],
      [b, 'foo.com'],
      [b, 'bar.com'],
      [c, 'foo.com'],
      [c, 'bar.com'],
    ] as const) {
      const answer = await client(port)('/', { host })
      got.push(answer.seen?.backend ?? answer.status)
    }
    expect(got).toEqual(['v1', 404, 'v2', 'v3', 'v3', 404])
  })
})

describe('a reference to a parent', () => {
  it.each<readonly [string, string]>([
    ['to a section that is not there', '{ name: gw, sectionName: nowhere }'],
    ['to a port that no listener has', '{ name: gw, port: 81 }'],
    ['to a section with another port', '{ name: gw, sectionName: l, port: 81 }'],
    ['to a kind that takes no routes', '{ name: gw, kind: Mesh }'],
    ['to a Gateway of another namespace that takes its own routes only', '{ name: gw, namespace: edge }'],
  ])('%s attaches to nothing', async (_, parent) => {
    const elsewhere = gateway('gw', listener('l')).replace('namespace: infra', 'namespace: edge')
    const { send } = await edge([
      gateway('gw', listener('l', 'other.com')),
      elsewhere,
      httpRoute('r', `  parentRefs: [${parent}]\n  rules:\n${to('v1')}`),
    ])
    await expectAll(send, [['a.com', '/', 404]])
  })

  it.each<readonly [string, string, string | number]>([
    ['All', '{ from: All }', 'v1'],
    ['Same', '{ from: Same }', 404],
    ['a selector that fits', '{ from: Selector, selector: { matchLabels: { team: infra } } }', 'v1'],
    ['a selector that does not fit', '{ from: Selector, selector: { matchLabels: { team: other } } }', 404],
  ])('of another namespace is taken by %s', async (_, namespaces, backend) => {
    const open = `{ name: l, port: 80, protocol: HTTP, allowedRoutes: { namespaces: ${namespaces} } }`
    const { send } = await edge([
      gateway('gw', open).replace('namespace: infra', 'namespace: edge'),
      'apiVersion: v1\nkind: Namespace\nmetadata: { name: infra, labels: { team: infra } }\n',
      httpRoute('r', `  parentRefs: [{ name: gw, namespace: edge }]\n  rules:\n${to('v1')}`),
    ])
    await expectAll(send, [['a.com', '/', backend]])
  })
})
