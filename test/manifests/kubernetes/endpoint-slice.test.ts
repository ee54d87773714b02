import { describe, expect, it } from 'vitest'
import type { LoadManifestsOptions } from '../../../src/manifests/index.js'
import { found, loadText, manifest, messages } from '../load-text.js'

const ports = 'ports: [{ name: http, port: 80, targetPort: web }, { name: alt, port: 8080 }]'
const service = manifest('v1', 'Service', 'reviews', `spec: { ${ports} }\n`)
const named = 'labels: { kubernetes.io/service-name: reviews }'

/** An EndpointSlice; `fields` begin in its line 6. */
function slice(fields: string, metadata: string = named): string {
  const name = `s${fields.length}\n  ${metadata}`
  return manifest('discovery.k8s.io/v1', 'EndpointSlice', name, fields)
}

const listening = 'addressType: IPv4\nports: [{ name: http, port: 9080 }, { name: alt, port: 9081 }]\n'

async function load(documents: readonly string[], options: LoadManifestsOptions = {}) {
  const config = await loadText(documents.join('---\n'), options)
  const urls = Object.values(config.services ?? {}).map(({ endpoints }) => endpoints?.map(({ url }) => url))
  return { config, urls, lines: found(config) }
}

describe('an EndpointSlice', () => {
  it('says where each port of its service listens', async () => {
    const { urls, lines } = await load([
      service,
      slice(`${listening}endpoints: [{ addresses: [10.0.0.1] }, { addresses: [10.0.0.2] }]\n`),
    ])
    expect(urls).toEqual([
      ['http://10.0.0.1:9080', 'http://10.0.0.2:9080'],
      ['http://10.0.0.1:9081', 'http://10.0.0.2:9081'],
    ])
    expect(lines).toEqual([])
  })

  it('adds to the other slices of its service', async () => {
    const { urls } = await load([
      service,
      slice(`${listening}endpoints: [{ addresses: [10.0.0.1] }]\n`),
      slice(`${listening}endpoints: [{ addresses: [10.0.0.1] },  { addresses: [10.0.0.2] }]\n`),
    ])
    expect(urls[0]).toEqual(['http://10.0.0.1:9080', 'http://10.0.0.2:9080'])
  })

  it('counts only endpoints that are ready, or whose state is not known', async () => {
    const endpoints = `endpoints:
  - { addresses: [10.0.0.1], conditions: {} }
  - { addresses: [10.0.0.2], conditions: { ready: false, serving: true, terminating: true } }
  - { addresses: [10.0.0.3], conditions: { ready: true } }
`
    const { urls } = await load([service, slice(listening + endpoints)])
    expect(urls[0]).toEqual(['http://10.0.0.1:9080', 'http://10.0.0.3:9080'])
  })

  it('gives its endpoints their place and their name', async () => {
    const endpoints = `endpoints:
  - { addresses: [10.0.0.1], zone: us-east-1a, hostname: a, nodeName: n, targetRef: { kind: Pod, name: p } }
  - { addresses: [10.0.0.2], zone: us-central1-a }
  - { addresses: [10.0.0.3], zone: westeurope-2 }
  - { addresses: [10.0.0.4], zone: rack }
`
    const { config, lines } = await load([service, slice(listening + endpoints)])
    expect(config.services?.reviews?.endpoints).toEqual([
      { url: 'http://10.0.0.1:9080', hostname: 'a', locality: 'us-east-1/us-east-1a' },
      { url: 'http://10.0.0.2:9080', locality: 'us-central1/us-central1-a' },
      { url: 'http://10.0.0.3:9080', locality: 'westeurope/westeurope-2' },
      { url: 'http://10.0.0.4:9080' },
    ])
    expect(lines).toEqual(['m.yaml:18:30 warning unsupported-field endpoints[3].zone'])
  })

  it('of IPv6 counts where there is none of IPv4: both name the same pods', async () => {
    const six = `addressType: IPv6\nports: [{ name: http, port: 9080 }]\nendpoints: [{ addresses: ["fd00::1"] }]\n`
    expect((await load([service, slice(six)])).urls[0]).toEqual(['http://[fd00::1]:9080'])
    const four = slice(`${listening}endpoints: [{ addresses: [10.0.0.1] }]\n`)
    expect((await load([service, slice(six), four])).urls[0]).toEqual(['http://10.0.0.1:9080'])
  })

  it('takes the place of DNS for a headless service', async () => {
    const headless = manifest('v1', 'Service', 'reviews', `spec: { clusterIP: None, ${ports} }\n`)
    const { config } = await load([headless, slice(`${listening}endpoints: [{ addresses: [10.0.0.1] }]\n`)])
    expect(config.services?.reviews).toMatchObject({ endpoints: [{ url: 'http://10.0.0.1:9080' }] })
    expect(config.services?.reviews).not.toHaveProperty('discovery')
  })

  it('gives way to endpoints that the user gives, but says where a named port listens', async () => {
    const text = slice(`${listening}endpoints: [{ addresses: [10.0.0.1] }]\n`)
    const { urls } = await load([service, text], { endpoints: { reviews: [{ url: 'http://10.0.0.9' }] } })
    expect(urls).toEqual([['http://10.0.0.9:9080'], ['http://10.0.0.9:8080']])
  })

  it('knows no labels: subsets by label are empty, with a warning', async () => {
    const rule = manifest(
      'networking.istio.io/v1',
      'DestinationRule',
      'r',
      'spec: { host: reviews, subsets: [{ name: v1, labels: { version: v1 } }] }\n',
    )
    const { config, lines } = await load([service, slice(`${listening}endpoints: [{ addresses: [10.0.0.1] }]\n`), rule])
    expect(lines).toEqual(['m.yaml:20:36 warning empty-subset spec.subsets[0].name'])
    expect(messages(config)).toContain('The labels of its endpoints are not known')
  })

  it.each([
    [slice(listening, 'labels: {}'), 'warning unused-endpoints metadata.name'],
    [slice(listening, 'labels: { kubernetes.io/service-name: other }'), 'warning unused-endpoints metadata.name'],
    [slice('endpoints: []\n'), 'error missing-field addressType'],
    [slice('addressType: IPv5\n'), 'error invalid-value addressType'],
    [slice('addressType: IPv4\nports: [{ name: other, port: 1 }]\n'), 'warning unknown-port ports[0].name'],
    [slice('addressType: IPv4\nports: [{ name: http, port: 0 }]\n'), 'error invalid-value ports[0].port'],
    [slice(`${listening}endpoints: [{}]\n`), 'error missing-field endpoints[0].addresses'],
    [slice('addressTyp: IPv4\n'), 'error unknown-field addressTyp'],
  ])('%j gives a line', async (text, line) => {
    expect((await load([service, text])).lines).toContainEqual(expect.stringContaining(` ${line}`))
  })
})
