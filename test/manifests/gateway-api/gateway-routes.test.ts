import { describe, expect, it } from 'vitest'
import type { LoadedConfig } from '../../../src/manifests/index.js'
import { found, messages } from '../load-text.js'
import { gateway, httpRoute, load, service } from './route-text.js'

const listener = (name: string, more = '', port = 80, protocol = 'HTTP'): string =>
  `{ name: ${name}, port: ${port}, protocol: ${protocol}${more} }`

const host = (hostname: string): string => `, hostname: "${hostname}"`

/** An HTTPRoute for the Gateway `gw`, whose one rule is called like it. */
function route(name: string, hostnames: readonly string[], parent = '{ name: gw }'): string {
  const hosts = hostnames.length === 0 ? '' : `  hostnames: [${hostnames.map((one) => `"${one}"`).join(', ')}]\n`
  const rules = `  rules: [{ name: ${name}, backendRefs: [{ name: v1, port: 8080 }] }]\n`
  return httpRoute(name, `  parentRefs: [${parent}]\n${hosts}${rules}`)
}

/** The rules behind each hostname, in order. */
function table(config: LoadedConfig): Record<string, (string | undefined)[]> {
  return Object.fromEntries(
    (config.gateway?.routes ?? []).map((one) => [
      one.service.replace('httproute/', ''),
      (config.services?.[one.service]?.routes ?? []).map(({ name }) => name),
    ]),
  )
}

describe('a route of a Gateway', () => {
  it('becomes a service for each hostname, behind a route of the gateway that keeps the Host', async () => {
    const config = await load([gateway('gw', listener('web')), route('r', ['a.com', '*.b.com'])])
    expect(found(config)).toEqual([])
    const common = { preserveHost: true, origin: { file: 'm.yaml', line: 8 } }
    expect(config.gateway?.routes).toEqual([
      { name: 'httproute/a.com', hosts: ['a.com'], service: 'httproute/a.com', ...common },
      { name: 'httproute/*.b.com', hosts: ['*.b.com'], service: 'httproute/*.b.com', ...common },
    ])
    expect(config.services?.['httproute/a.com']).toMatchObject({
      envoyHeaders: true,
      routes: [{ to: [{ service: 'v1' }] }],
    })
  })

  it('without hostnames takes any host', async () => {
    const config = await load([gateway('gw', listener('web')), route('r', [])])
    expect(config.gateway?.routes?.[0]?.hosts).toBeUndefined()
    expect(table(config)).toEqual({ '*': ['r'] })
  })

  it('has the hostnames that it shares with the listeners', async () => {
    const config = await load([
      gateway(
        'gw',
        listener('a', host('very.specific.com')),
        listener('b', host('*.wildcard.io')),
        listener('c', host('*.another.io')),
      ),
      route('s1', ['non.matching.com', '*.nonmatchingwildcard.io', 'very.specific.com']),
      route('s2', ['non.matching.com', 'wildcard.io', 'foo.wildcard.io', 'foo.bar.wildcard.io']),
      route('s3', ['non.matching.com', '*.specific.com']),
      route('s4', ['*.another.io']),
      route('s5', ['specific.but.wrong.com', 'wildcard.io']),
    ])
    expect(table(config)).toEqual({
      'very.specific.com': ['s1', 's3'],
      'foo.wildcard.io': ['s2'],
      'foo.bar.wildcard.io': ['s2'],
      '*.another.io': ['s4'],
    })
    expect(found(config)).toEqual([expect.stringMatching(/warning missing-parent spec\.parentRefs\[0\]\.name/)])
    expect(messages(config)).toContain('No listener of "gw" takes the route')
  })

  it('that names a host more closely is asked first, whatever the listener makes of both', async () => {
    const config = await load([
      gateway('gw', listener('web', host('very.specific.com'))),
      route('a', ['*.com']),
      route('b', ['*.specific.com']),
      route('c', ['very.specific.com']),
      route('d', []),
    ])
    expect(table(config)).toEqual({ 'very.specific.com': ['c', 'b', 'a', 'd'] })
  })

  it('is attached to the listeners that it names', async () => {
    const listeners = [
      listener('l1', host('bar.com')),
      listener('l2', host('foo.bar.com')),
      listener('l3', host('*.bar.com')),
      listener('l4', host('*.foo.com')),
    ]
    const config = await load([
      gateway('gw', ...listeners),
      route('v1', [], '{ name: gw, sectionName: l1 }'),
      route('v2', [], '{ name: gw, sectionName: l2 }'),
      route('v3', [], '{ name: gw, sectionName: l3 }, { name: gw, sectionName: l4 }'),
    ])
    expect(found(config)).toEqual([])
    expect(table(config)).toEqual({
      'bar.com': ['v1'],
      'foo.bar.com': ['v2'],
      '*.bar.com': ['v3'],
      '*.foo.com': ['v3'],
    })
  })

  it('does not take what another listener names more closely', async () => {
    const config = await load([
      gateway(
        'gw',
        listener('any'),
        listener('wild', host('*.example.com')),
        listener('deep', host('*.foo.example.com')),
        listener('abc', host('abc.foo.example.com')),
      ),
      route(
        'r',
        ['bar.com', '*.example.com', 'x.example.com', '*.foo.example.com', 'abc.foo.example.com'],
        '{ name: gw, sectionName: any }',
      ),
      route('w', [], '{ name: gw, sectionName: wild }'),
    ])
    expect(table(config)).toEqual({
      'bar.com': ['r'],
      '*.example.com': ['w'],
      '*.foo.example.com': [],
      'abc.foo.example.com': [],
    })
  })

  it('merges with the others of its hostname', async () => {
    const config = await load([gateway('gw', listener('web')), route('b', ['a.com']), route('a', ['a.com', 'b.com'])])
    expect(table(config)).toEqual({ 'a.com': ['a', 'b'], 'b.com': ['a'] })
  })

  it('of a Gateway that is not there has its own hostnames; in strict mode it does nothing', async () => {
    const config = await load(route('r', ['a.com']))
    expect(table(config)).toEqual({ 'a.com': ['r'] })
    expect(found(config)).toEqual(['m.yaml:5:18 warning missing-parent spec.parentRefs[0].name'])
    expect(table(await load(route('r', ['a.com']), { strict: true }))).toEqual({})
  })

  it.each<[string, string]>([
    ['an address', '10.0.0.1'],
    ['a wildcard inside', 'a.*.com'],
    ['a bare star', '*'],
    ['a port', 'a.com:80'],
    ['capitals', 'A.com'],
    ['a trailing dot', 'a.com.'],
    ['254 characters', `${'a.'.repeat(126)}aa`],
  ])('refuses %s as a hostname', async (_, hostname) => {
    const config = await load([gateway('gw', listener('web')), route('r', [hostname])])
    expect(found(config)[0]).toMatch(/ error invalid-value spec\.hostnames/)
  })
})

describe('allowedRoutes', () => {
  const far = `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: far, namespace: far }
spec: { parentRefs: [{ name: gw, namespace: infra }], rules: [{ name: far }] }
`
  const labels = 'apiVersion: v1\nkind: Namespace\nmetadata: { name: far, labels: { team: far } }\n'

  it.each<[string, string, boolean]>([
    ['take only the own namespace by default', '', false],
    ['take all', ', allowedRoutes: { namespaces: { from: All } }', true],
    ['take none', ', allowedRoutes: { namespaces: { from: None } }', false],
    [
      'take a label',
      ', allowedRoutes: { namespaces: { from: Selector, selector: { matchLabels: { team: far } } } }',
      true,
    ],
    [
      'miss a label',
      ', allowedRoutes: { namespaces: { from: Selector, selector: { matchLabels: { team: a } } } }',
      false,
    ],
    [
      'take a namespace by name',
      ', allowedRoutes: { namespaces: { from: Selector, selector: { matchExpressions: [{ key: kubernetes.io/metadata.name, operator: In, values: [far] }] } } }',
      true,
    ],
    ['take no other kind', ', allowedRoutes: { namespaces: { from: All }, kinds: [{ kind: TLSRoute }] }', false],
    ['take the kind', ', allowedRoutes: { namespaces: { from: All }, kinds: [{ kind: HTTPRoute }] }', true],
  ])('%s', async (_, allowed, attached) => {
    const config = await load([labels, gateway('gw', listener('web', allowed)), far])
    expect(table(config)).toEqual(attached ? { '*': ['far'] } : {})
  })
})

describe('a reference of a gateway route to another namespace', () => {
  const far = service('far', 'other')
  const refs = '    - name: r\n      backendRefs: [{ name: far, namespace: other, port: 8080 }]\n'
  const to = `  parentRefs: [{ name: gw }]\n  rules:\n${refs}`
  const grant = (from: string, target: string): string =>
    `apiVersion: gateway.networking.k8s.io/v1beta1\nkind: ReferenceGrant\nmetadata: { name: g, namespace: other }\nspec: { from: [${from}], to: [${target}] }\n`
  const from = '{ group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: infra }'

  it.each<[string, string | undefined, boolean]>([
    ['needs a grant', undefined, false],
    ['is granted', grant(from, '{ group: "", kind: Service }'), true],
    ['is granted by name', grant(from, '{ group: "", kind: Service, name: far }'), true],
    ['is not granted to another name', grant(from, '{ group: "", kind: Service, name: near }'), false],
    ['is not granted to another kind', grant(from, '{ group: "", kind: Secret }'), false],
    ['is not granted to another namespace', grant(from.replace('infra', 'x'), '{ group: "", kind: Service }'), false],
    [
      'is not granted to other routes',
      grant(from.replace('HTTPRoute', 'TCPRoute'), '{ group: "", kind: Service }'),
      false,
    ],
  ])('%s', async (_, given, allowed) => {
    const config = await load(
      [far, gateway('gw', listener('web')), httpRoute('r', to), ...(given === undefined ? [] : [given])],
      {
        endpoints: {
          'far.other': [{ url: 'http://127.0.0.1:9' }],
          'echo.infra': [],
          'v1.infra': [],
          'v2.infra': [],
          'v3.infra': [],
        },
      },
    )
    expect(config.services?.['httproute/*']?.routes?.[0]?.to).toEqual(
      allowed ? [{ service: 'far.other' }] : [{ status: 500 }],
    )
    expect(found(config).filter((line) => line.includes('missing-grant'))).toHaveLength(allowed ? 0 : 1)
  })
})

describe('listeners', () => {
  it('of both schemes are told apart, and a redirect knows the port of its own', async () => {
    const redirect = (name: string, section: string, settings: string): string =>
      httpRoute(
        name,
        `  parentRefs: [{ name: gw, sectionName: ${section} }]\n  rules:\n    - filters: [{ type: RequestRedirect, requestRedirect: ${settings} }]\n`,
      )
    const config = await load([
      gateway(
        'gw',
        listener('web', '', 8080),
        listener('tls', ', tls: { certificateRefs: [{ name: c }] }', 8443, 'HTTPS'),
      ),
      redirect('plain', 'web', '{ hostname: a.com }'),
      redirect('secure', 'tls', '{ hostname: a.com }'),
    ])
    expect(config.gateway?.routes?.map(({ service, schemes, ports }) => [service, schemes, ports])).toEqual([
      ['httproute/*:8080', ['http'], undefined],
      ['httproute/*:8443', ['https'], undefined],
    ])
    const of = (name: string): unknown => config.services?.[name]?.routes?.[0]?.redirect
    expect(of('httproute/*:8080')).toEqual({ authority: 'a.com', port: 8080, status: 302 })
    expect(of('httproute/*:8443')).toEqual({ authority: 'a.com', scheme: 'https', port: 8443, status: 302 })
    expect(found(config)).toEqual([expect.stringMatching(/warning unsupported-field spec\.listeners\[1\]\.tls/)])
  })

  it('that differ in their port only are told apart by it, which is said', async () => {
    const config = await load([
      gateway('gw', listener('a', '', 80), listener('b', '', 8080)),
      route('one', [], '{ name: gw, port: 80 }'),
      route('two', [], '{ name: gw, sectionName: b }'),
    ])
    expect(config.gateway?.routes?.map(({ service, ports }) => [service, ports])).toEqual([
      ['httproute/*:80', [80]],
      ['httproute/*:8080', [8080]],
    ])
    expect(found(config)).toEqual([
      expect.stringMatching(/warning listener-port spec\.listeners\[0\]\.port/),
      expect.stringMatching(/warning listener-port spec\.listeners\[1\]\.port/),
    ])
  })

  it.each<[string, string, string]>([
    ['TLS of a plain listener', listener('a', ', tls: {}'), 'error invalid-value spec.listeners[0].tls'],
    [
      'TLS that is passed through',
      listener('a', ', tls: { mode: Passthrough }', 443, 'HTTPS'),
      'error invalid-value spec.listeners[0].tls.mode',
    ],
    [
      'certificates of clients',
      listener('a', ', tls: { frontendValidation: {} }', 443, 'HTTPS'),
      'error unsupported-field spec.listeners[0].tls.frontendValidation',
    ],
    ['another protocol', listener('a', '', 80, 'TCP'), 'warning unsupported-field spec.listeners[0].protocol'],
    ['no port', '{ name: a, protocol: HTTP }', 'error missing-field spec.listeners[0].port'],
    ['one name twice', `${listener('a')}, ${listener('a', '', 81)}`, 'error invalid-value spec.listeners[1].name'],
    ['one place twice', `${listener('a')}, ${listener('b')}`, 'error invalid-value spec.listeners[1].port'],
    ['a bad hostname', listener('a', host('a.*')), 'error invalid-value spec.listeners[0].hostname'],
    ['an unknown field', listener('a', ', weight: 1'), 'error unknown-field spec.listeners[0].weight'],
  ])('say what is wrong with %s', async (_, listeners, problem) => {
    expect(found(await load(gateway('gw', listeners))).join('\n')).toContain(problem)
  })

  it('of a class that somebody else runs are read all the same', async () => {
    const kind =
      'apiVersion: gateway.networking.k8s.io/v1\nkind: GatewayClass\nmetadata: { name: mesh }\nspec: { controllerName: a.com/b }\n'
    expect(found(await load([kind, gateway('gw', listener('a'))]))).toEqual([])
  })
})

describe("Kong's annotations", () => {
  const rules = '  rules: [{ backendRefs: [{ name: shop, port: 8080 }] }]\n'
  const shop = service('shop')

  function annotated(line: string, parent = '{ name: gw }'): string {
    return httpRoute('r', `  parentRefs: [${parent}]\n${rules}`, `, annotations: { ${line} }`)
  }

  const options = { endpoints: { 'shop.infra': [{ url: 'http://127.0.0.1:9001' }] } }
  const told = (config: LoadedConfig): string[] => found(config).filter((line) => line.startsWith('m.yaml'))

  it.each([
    ['konghq.com/plugins: auth', 'error unsupported-field'],
    ['konghq.com/methods: GET', 'error unsupported-field'],
    ['konghq.com/headers.x-plan: gold', 'error unsupported-field'],
    ['konghq.com/snis: a.example', 'error unsupported-field'],
    ['konghq.com/protocols: https', 'error unsupported-field'],
    ['konghq.com/strip-path: "true"', 'warning unsupported-field'],
    ['konghq.com/plugin: auth', 'error unknown-field'],
  ])('%s on a route gives a line', async (line, expected) => {
    const config = await load([gateway('gw', listener('web')), shop, annotated(line)], options)
    expect(told(config)).toEqual([expect.stringMatching(new RegExp(`^m\\.yaml:\\d+:\\d+ ${expected} metadata`))])
  })

  it('on a route inside the mesh mean nothing to Kong', async () => {
    const config = await load(
      [shop, annotated('konghq.com/plugins: auth', '{ group: "", kind: Service, name: shop }')],
      options,
    )
    expect(told(config)).toEqual([])
  })

  it('that attach plugins to a Service are an error where a route of a Gateway leads there', async () => {
    const guarded = shop.replace('namespace: infra', 'namespace: infra, annotations: { konghq.com/plugins: auth }')
    const route = httpRoute('r', `  parentRefs: [{ name: gw }]\n${rules}`)
    const config = await load([gateway('gw', listener('web')), guarded, route], options)
    expect(told(config)).toEqual([
      expect.stringContaining('error unsupported-field metadata.annotations["konghq.com/plugins"]'),
    ])
    expect(messages(config)).toContain('the HTTPRoute "r" would be served without')
  })
})
