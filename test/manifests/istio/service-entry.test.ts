import { describe, expect, it } from 'vitest'
import type { ServiceConfig } from '../../../src/config/service.js'
import type { LoadManifestsOptions } from '../../../src/manifests/index.js'
import { found, loadText, manifest, messages } from '../load-text.js'

/** A ServiceEntry; `spec` is a flow mapping and stands in line 5. */
function entry(spec: string, version = 'v1', name = 'e'): string {
  return manifest(`networking.istio.io/${version}`, 'ServiceEntry', name, `spec: ${spec}\n`)
}

async function services(text: string, options: LoadManifestsOptions = {}): Promise<Record<string, ServiceConfig>> {
  const config = await loadText(text, options)
  expect(found(config)).toEqual([])
  return { ...config.services }
}

const port = 'ports: [{ number: 80, name: http, protocol: HTTP }]'

describe('a ServiceEntry', () => {
  it.each(['v1', 'v1beta1', 'v1alpha3'])('of %s makes a service with the manners of Istio', async (version) => {
    const spec = `{ hosts: [a.example], ${port}, resolution: STATIC, endpoints: [{ address: 10.0.0.1 }] }`
    const made = await services(entry(spec, version))
    expect(made['a.example']).toEqual({
      endpoints: [{ url: 'http://10.0.0.1:80' }],
      envoyHeaders: true,
      retry: expect.objectContaining({ attempts: 2, budget: false, unsafe: true }),
      origins: { serviceEntry: { file: 'm.yaml', line: 4 } },
    })
  })

  it('is a service for each port: the first has the plain name', async () => {
    const ports = 'ports: [{ number: 80, name: http, targetPort: 8000 }, { number: 8080, name: alt }]'
    const endpoints = 'endpoints: [{ address: 10.0.0.1 }, { address: "fd00::1", ports: { http: 1, alt: 2 } }]'
    const made = await services(entry(`{ hosts: [a.example], ${ports}, resolution: STATIC, ${endpoints} }`))
    expect(Object.entries(made).map(([name, one]) => [name, one.endpoints?.map(({ url }) => url)])).toEqual([
      ['a.example', ['http://10.0.0.1:8000', 'http://[fd00::1]:1']],
      ['a.example:8080', ['http://10.0.0.1:8080', 'http://[fd00::1]:2']],
    ])
  })

  it('passes on what it says of its endpoints, and takes an address once', async () => {
    const endpoints = `endpoints: [
      { address: 10.0.0.1, labels: { version: v1 }, weight: 3, locality: eu/1/a },
      { address: 10.0.0.1 }, { address: 10.0.0.2, weight: 0 }] `
    const made = await services(entry(`{ hosts: [a.example], ${port}, resolution: STATIC, ${endpoints} }`))
    expect(made['a.example']?.endpoints).toEqual([
      { url: 'http://10.0.0.1:80', labels: { version: 'v1' }, weight: 3, locality: 'eu/1/a' },
      { url: 'http://10.0.0.2:80' },
    ])
  })

  it('makes a service of every host, and its addresses mean the first one', async () => {
    const spec = `{ hosts: [a.example, B.example], addresses: [240.0.0.1, "fd00::9"], ${port}, resolution: DNS }`
    const made = await services(entry(spec))
    expect(Object.entries(made).map(([name, { hosts }]) => [name, hosts])).toEqual([
      ['a.example', ['240.0.0.1', '[fd00::9]']],
      ['b.example', undefined],
    ])
  })

  it('of a cluster host is that service', async () => {
    const spec = `{ hosts: [reviews.default.svc.cluster.local], ${port}, resolution: STATIC, endpoints: [{ address: 10.0.0.1 }] }`
    expect(Object.keys(await services(entry(spec)))).toEqual(['reviews'])
  })

  it('gives way to endpoints that the user gives', async () => {
    const given = { 'a.example': [{ url: 'http://10.0.0.9' }] }
    const made = await services(entry(`{ hosts: [a.example], ${port}, resolution: DNS }`), { endpoints: given })
    expect(made['a.example']).toMatchObject({ endpoints: [{ url: 'http://10.0.0.9:80' }] })
    expect(made['a.example']).not.toHaveProperty('discovery')
  })

  it('whose port is HTTPS has endpoints that are called by TLS', async () => {
    const tls = 'ports: [{ number: 443, name: tls, protocol: HTTPS }]'
    const made = await services(
      entry(`{ hosts: [a.example], ${tls}, resolution: STATIC, endpoints: [{ address: 10.0.0.1 }] }`),
    )
    expect(made['a.example']?.endpoints).toEqual([{ url: 'https://10.0.0.1:443' }])
  })
})

describe('a workload of the mesh that Istio would call by mutual TLS by itself', () => {
  const workload = (location: string, label: string, protocol = 'HTTP'): string =>
    entry(`{ hosts: [a.example], location: ${location}, ports: [{ number: 80, name: p, protocol: ${protocol} }], resolution: STATIC,
      endpoints: [{ address: 10.0.0.1, labels: { security.istio.io/tlsMode: ${label} } }] } `)
  const rule = (mode: string): string =>
    `---\n${manifest('networking.istio.io/v1', 'DestinationRule', 'd', `spec: { host: a.example, trafficPolicy: { tls: { mode: ${mode} } } }\n`)}`

  it('is called in plain text where no rule says how, and this is said', async () => {
    const config = await loadText(workload('MESH_INTERNAL', 'istio'))
    expect(found(config)).toEqual(['m.yaml:5:29 warning unsupported-field spec.location'])
    expect(messages(config)).toContain('ISTIO_MUTUAL')
    expect(config.services?.['a.example']?.tls).toBeUndefined()
  })

  it.each([
    ['a rule asks for it', workload('MESH_INTERNAL', 'istio') + rule('ISTIO_MUTUAL')],
    ['a rule forbids it', workload('MESH_INTERNAL', 'istio') + rule('DISABLE')],
    ['its application speaks TLS', workload('MESH_INTERNAL', 'istio', 'HTTPS')],
    ['it has no sidecar, so that Istio too calls it in plain text', workload('MESH_INTERNAL', 'disabled')],
    ['it lies outside of the mesh', workload('MESH_EXTERNAL', 'istio')],
  ])('is nothing to speak of where %s', async (_, text) => {
    expect(found(await loadText(text))).toEqual([])
  })
})

describe('resolution', () => {
  const dns = (more: object) => ({ kind: 'dns', ...more })

  it.each<[string, unknown]>([
    ['NONE', { kind: 'original' }],
    ['DYNAMIC_DNS', { kind: 'original' }],
    ['DNS', dns({ name: 'a.example', port: 80 })],
    ['DNS_ROUND_ROBIN', dns({ name: 'a.example', port: 80, mode: 'logical' })],
    ['DNS, endpoints: [{ address: b.example, ports: { http: 81 } }]', dns({ name: 'b.example', port: 81 })],
    ['DNS_ROUND_ROBIN, endpoints: [{ address: b.example }]', dns({ name: 'b.example', port: 80, mode: 'logical' })],
  ])('%s is %j', async (resolution, discovery) => {
    const made = await services(entry(`{ hosts: [a.example], ${port}, resolution: ${resolution} }`))
    expect(made['a.example']?.discovery).toEqual(discovery)
  })

  it('is NONE by default, and takes wildcards', async () => {
    const made = await services(entry(`{ hosts: ["*.example"], ${port} }`))
    expect(made['*.example']?.discovery).toEqual({ kind: 'original' })
  })

  it('DNS of an HTTPS port finds endpoints that are called by TLS', async () => {
    const tls = 'ports: [{ number: 443, name: tls, protocol: TLS }]'
    const made = await services(entry(`{ hosts: [a.example], ${tls}, resolution: DNS }`))
    expect(made['a.example']?.discovery).toEqual(dns({ name: 'a.example', port: 443, scheme: 'https' }))
  })

  it('DNS of several names has one endpoint a name, and says so', async () => {
    const spec = `{ hosts: [a.example], ${port}, resolution: DNS, endpoints: [{ address: b.example }, { address: c.example }] }`
    const config = await loadText(entry(spec))
    expect(config.services?.['a.example']?.endpoints).toEqual([
      { url: 'http://b.example:80' },
      { url: 'http://c.example:80' },
    ])
    expect(found(config)).toEqual([expect.stringMatching(/^m\.yaml:5:\d+ warning unsupported-field spec\.endpoints$/)])
  })
})

describe('validation', () => {
  it.each([
    ['{}', 'error missing-field spec.hosts'],
    ['{ hosts: ["*"] }', 'error invalid-value spec.hosts'],
    ['{ hosts: ["a.*.b"] }', 'error invalid-value spec.hosts'],
    ['{ hosts: ["*x"] }', 'warning unsupported-field spec.hosts'],
    ['{ hosts: [a.b], addresses: [1.2.3.4/99] }', 'error invalid-value spec.addresses'],
    ['{ hosts: [a.b], addresses: [1.2.3.4/16], resolution: DNS }', 'error invalid-value spec.addresses'],
    ['{ hosts: [a.b], addresses: [1.1.1.1/32] }', 'warning unsupported-field spec.addresses'],
    [
      '{ hosts: [a.b], ports: [{ name: a, number: 1 }, { name: a, number: 2 }] }',
      'error invalid-value spec.ports[1].name',
    ],
    [
      '{ hosts: [a.b], ports: [{ name: a, number: 1 }, { name: b, number: 1 }] }',
      'error invalid-value spec.ports[1].number',
    ],
    ['{ hosts: [a.b], ports: [{ name: a, number: 99999 }] }', 'error invalid-value spec.ports[0].number'],
    [
      '{ hosts: [a.b], ports: [{ name: a, number: 1, targetPort: 99999 }] }',
      'error invalid-value spec.ports[0].targetPort',
    ],
    ['{ hosts: [a.b], ports: [{ name: a_b, number: 1 }] }', 'error invalid-value spec.ports[0].name'],
    ['{ hosts: [a.b], ports: [{ number: 1 }] }', 'error missing-field spec.ports[0].name'],
    ['{ hosts: [a.b], ports: [{ name: a, number: 1, protocol: SMTP }] }', 'error invalid-value spec.ports[0].protocol'],
    ['{ hosts: [a.b], ports: [{ name: a, number: 1, protocol: GRPC }] }', 'warning h2-upgrade spec.ports[0].protocol'],
    ['{ hosts: [a.b], endpoints: [{ address: 1.2.3.4 }] }', 'error invalid-value spec.endpoints'],
    [
      '{ hosts: [a.b], resolution: DNS_ROUND_ROBIN, endpoints: [{ address: a.c }, { address: a.d }] }',
      'error invalid-value spec.endpoints',
    ],
    ['{ hosts: ["*.b"], resolution: DNS }', 'error invalid-value spec.hosts'],
    [
      '{ hosts: [a.b, a.c], resolution: DNS, ports: [{ name: a, number: 1, protocol: TCP }] }',
      'error invalid-value spec.hosts',
    ],
    [
      '{ hosts: [a.b], resolution: STATIC, endpoints: [{ address: "-" }] }',
      'error invalid-value spec.endpoints[0].address',
    ],
    ['{ hosts: [a.b], resolution: STATIC, endpoints: [{}] }', 'error missing-field spec.endpoints[0].address'],
    [
      '{ hosts: [a.b], resolution: STATIC, endpoints: [{ address: 1.2.3.4, ports: { x: 1 } }] }',
      'error invalid-value spec.endpoints[0].ports.x',
    ],
    [
      '{ hosts: [a.b], resolution: STATIC, endpoints: [{ address: 1.2.3.4, network: n }] }',
      'warning unsupported-field spec.endpoints[0].network',
    ],
    [
      `{ hosts: [a.b], ${port}, resolution: STATIC, endpoints: [{ address: "unix:///a" }] }`,
      'warning unsupported-field spec.endpoints[0].address',
    ],
    [
      `{ hosts: [a.b], ${port}, resolution: STATIC, endpoints: [{ address: "unix://./a" }] }`,
      'error invalid-value spec.endpoints[0].address',
    ],
    [
      `{ hosts: [a.b], ${port}, resolution: DNS, endpoints: [{ address: "unix:///a" }] }`,
      'error invalid-value spec.endpoints[0].address',
    ],
    [
      '{ hosts: [a.b], resolution: STATIC, endpoints: [{ address: "unix:///a", ports: { a: 1 } }] }',
      'error invalid-value spec.endpoints[0].ports',
    ],
    [
      '{ hosts: [a.b], resolution: STATIC, workloadSelector: {}, endpoints: [] }',
      'error invalid-value spec.workloadSelector',
    ],
    ['{ hosts: [a.b], workloadSelector: { labels: { a: b } } }', 'warning unsupported-field spec.workloadSelector'],
    ['{ hosts: [a.b], workloadSelector: { labels: { a: "*" } } }', 'error invalid-value spec.workloadSelector.labels'],
    ['{ hosts: [a.b], exportTo: ["~", a] }', 'error invalid-value spec.exportTo'],
    ['{ hosts: [a.b], exportTo: [default, "."] }', 'error invalid-value spec.exportTo'],
    ['{ hosts: [a.b], exportTo: [other] }', 'warning not-exported spec.exportTo'],
    ['{ hosts: [a.b], resolution: SOMETIMES }', 'error invalid-value spec.resolution'],
    ['{ hosts: [a.b], location: OUTSIDE }', 'error invalid-value spec.location'],
    ['{ host: a.b }', 'error unknown-field spec.host'],
  ])('of %s gives a line', async (spec, line) => {
    const config = await loadText(entry(spec))
    expect(found(config)).toContainEqual(
      expect.stringMatching(new RegExp(`^m\\.yaml:5:\\d+ ${line.replace(/[.[\]]/g, '\\$&')}$`)),
    )
  })

  it('takes names for endpoints of STATIC, unless strict', async () => {
    const spec = `{ hosts: [a.b], ${port}, resolution: STATIC, endpoints: [{ address: c.d }] }`
    expect(found(await loadText(entry(spec)))).toEqual([])
    expect(found(await loadText(entry(spec), { strict: true })).join()).toContain('error invalid-value')
  })
})

describe('two of one host', () => {
  const of = (name: string, number: number, resolution = 'DNS', namespace = 'default'): string =>
    entry(
      `{ hosts: [a.example], ports: [{ number: ${number}, name: p${number} }], resolution: ${resolution} }`,
      'v1',
      `${name}\n  namespace: ${namespace}`,
    )

  it('of one namespace add their ports', async () => {
    expect(Object.keys(await services(`${of('a', 80)}---\n${of('b', 81)}`))).toEqual(['a.example', 'a.example:81'])
  })

  it.each([
    ['resolve otherwise', of('b', 81, 'NONE')],
    ['are of another namespace', of('b', 81, 'DNS', 'other')],
    ['have no port of their own', of('b', 80)],
  ])('do not, where they %s', async (_, second) => {
    const config = await loadText(`${of('a', 80)}---\n${second}`)
    expect(Object.keys(config.services ?? {})).toEqual(['a.example'])
    expect(found(config)).toEqual([expect.stringContaining('warning shadowed metadata.name')])
    expect(messages(config)).toContain('"a" (m.yaml:4)')
  })
})

describe('subjectAltNames', () => {
  const rule = manifest(
    'networking.istio.io/v1',
    'DestinationRule',
    'r',
    'spec: { host: a.example, trafficPolicy: { tls: { mode: SIMPLE } } }\n',
  )
  const named = entry(`{ hosts: [a.example], ${port}, resolution: DNS, subjectAltNames: [b.example] }`)

  it('are whom a rule that asks for TLS expects', async () => {
    const made = await services(`${named}---\n${rule}`)
    expect(made['a.example']?.tls).toEqual({ mode: 'simple', subjectAltNames: ['b.example'] })
  })

  it('without TLS are a warning', async () => {
    expect(found(await loadText(named))).toEqual([
      expect.stringMatching(/^m\.yaml:5:\d+ warning unsupported-field spec\.subjectAltNames$/),
    ])
  })
})
