import { describe, expect, it } from 'vitest'
import type { ServiceConfig } from '../../../src/config/service.js'
import type { LoadedConfig } from '../../../src/manifests/index.js'
import { found, loadText, manifest } from '../load-text.js'

const at = (url: string) => ({ reviews: [{ url }] })

function service(spec: string): string {
  return manifest('v1', 'Service', 'reviews', `spec: ${spec}\n`)
}

async function services(spec: string, given?: string): Promise<Record<string, ServiceConfig>> {
  const config = await loadText(service(spec), given === undefined ? {} : { endpoints: at(given) })
  expect(config.diagnostics).toEqual([])
  return { ...config.services }
}

describe('a Service', () => {
  it.each([
    ['{ ports: [{ port: 80, targetPort: 9080 }] }', 'http://10.0.0.7', ['http://10.0.0.7:9080']],
    ['{ ports: [{ port: 8080 }] }', 'http://10.0.0.7/', ['http://10.0.0.7:8080']],
    ['{ ports: [{ port: 80, targetPort: 9080 }] }', 'http://[::1]', ['http://[::1]:9080']],
    ['{ ports: [{ port: 80, targetPort: 9080 }] }', 'http://10.0.0.7:7000', ['http://10.0.0.7:7000']],
    ['{ ports: [{ port: 80, targetPort: http }] }', 'http://10.0.0.7', ['http://10.0.0.7']],
    [
      '{ ports: [{ name: a, port: 80 }, { name: b, port: 81, targetPort: 82 }] }',
      'http://10.0.0.7',
      ['http://10.0.0.7:80', 'http://10.0.0.7:82'],
    ],
    ['{ ports: [{ port: 80 }, { port: 53, protocol: UDP }] }', 'http://10.0.0.7', ['http://10.0.0.7:80']],
  ])('with %s has %s listen at %j', async (spec, given, expected) => {
    const made = await services(spec, given)
    expect(Object.values(made).map(({ endpoints }) => endpoints?.[0]?.url)).toEqual(expected)
  })

  it('without endpoints is known all the same, and says so once', async () => {
    const config = await loadText(service('{ ports: [{ name: a, port: 80 }, { name: b, port: 81 }] }'))
    expect(Object.keys(config.services ?? {})).toEqual(['reviews', 'reviews:81'])
    expect(found(config)).toEqual(['m.yaml:4:3 warning no-endpoints metadata.name'])
  })

  it('is meant by its address too', async () => {
    const made = await services('{ clusterIP: 10.96.0.7, clusterIPs: [10.96.0.7, "fd00::7"] }', 'http://10.0.0.7')
    expect(made.reviews?.hosts).toContain('10.96.0.7')
    expect(made.reviews?.hosts).toContain('[fd00::7]')
  })

  it.each<[string, unknown]>([
    [
      '{ type: ExternalName, externalName: a.example, ports: [{ port: 80 }] }',
      { kind: 'dns', name: 'a.example', port: 80, scheme: 'http' },
    ],
    ['{ type: ExternalName, externalName: a.example }', { kind: 'dns', name: 'a.example' }],
    [
      '{ clusterIP: None, ports: [{ port: 80, targetPort: 8080 }] }',
      { kind: 'dns', name: 'reviews.default.svc.cluster.local', port: 8080, scheme: 'http' },
    ],
    [
      '{ clusterIP: None, ports: [{ port: 443, name: https-a }] }',
      { kind: 'dns', name: 'reviews.default.svc.cluster.local', port: 443, scheme: 'https' },
    ],
  ])('%s is looked up in DNS', async (spec, discovery) => {
    expect((await services(spec)).reviews?.discovery).toEqual(discovery)
    expect((await services(spec, 'http://10.0.0.7:80')).reviews?.discovery).toBeUndefined()
  })

  it('is called at its port where it is a CNAME, which translates none, and this is said', async () => {
    const spec = '{ type: ExternalName, externalName: a.example, ports: [{ port: 80, targetPort: 8080 }] }'
    const config = await loadText(service(spec))
    expect(config.services?.reviews?.discovery).toMatchObject({ name: 'a.example', port: 80 })
    expect(found(config)).toEqual([expect.stringMatching(/^m\.yaml:5:\d+ warning unsupported-field spec\.ports/)])
  })

  it('prefers near endpoints, where it says so', async () => {
    const made = await services('{ trafficDistribution: PreferClose }', 'http://10.0.0.7')
    expect(made.reviews?.loadBalancer).toEqual({ locality: {} })
  })

  it('hashes addresses for sessions, where it says so', async () => {
    const config = await loadText(service('{ sessionAffinity: ClientIP }'), { endpoints: at('http://10.0.0.7') })
    expect(config.services?.reviews?.loadBalancer).toEqual({ type: 'maglev', hash: [{ sourceIp: true }] })
  })

  it('that is not exported to the caller is not there', async () => {
    const text = manifest(
      'v1',
      'Service',
      'reviews\n  namespace: shop\n  annotations: { networking.istio.io/exportTo: "." }',
      'spec: {}\n',
    )
    const config = await loadText(text)
    expect(config.services).toEqual({})
    expect(found(config)).toEqual(['m.yaml:4:3 warning not-exported metadata.name'])
    expect(Object.keys((await loadText(text, { namespace: 'shop' })).services ?? {})).toEqual(['reviews'])
  })

  it.each([
    ['{ ports: [{ port: 0 }] }', 'error invalid-value'],
    ['{ ports: [{ port: "80" }] }', 'error wrong-type'],
    ['{ ports: [{ name: a }] }', 'error missing-field'],
    ['{ ports: [{ port: 80, protocol: tcp }] }', 'error invalid-value'],
    ['{ ports: [{ port: 80, appProtocol: kubernetes.io/h2c }] }', 'warning h2-upgrade'],
    ['{ ports: [{ port: 80, name: grpc-api }] }', 'warning h2-upgrade'],
    ['{ sessionAffinity: ClientIP }', 'warning unsupported-field'],
    ['{ sessionAffinity: Sometimes }', 'error invalid-value'],
    ['{ trafficDistribution: PreferSameNode }', 'warning unsupported-field'],
    ['{ trafficDistribution: Near }', 'error invalid-value'],
    ['{ type: ExternalName }', 'error missing-field'],
    ['{ type: ExternalName, externalName: "a b" }', 'error invalid-value'],
    ['{ portz: [] }', 'error unknown-field'],
  ])('with %s gives a line', async (spec, expected) => {
    const config = await loadText(service(spec), { endpoints: at('http://10.0.0.7') })
    expect(found(config)).toEqual([expect.stringMatching(new RegExp(`^m\\.yaml:5:\\d+ ${expected}`))])
  })
})

describe("Kong's annotations of a Service", () => {
  const annotated = (line: string, port: string): Promise<LoadedConfig> =>
    loadText(
      manifest('v1', 'Service', `reviews\n  annotations: { ${line} }`, `spec: { ports: [{ ${port}, port: 443 }] }\n`),
      { endpoints: at('http://10.0.0.7') },
    )

  it.each([
    ['konghq.com/protocol: https', 'name: web', 'error unsupported-field'],
    ['konghq.com/protocol: grpcs', 'name: web', 'error unsupported-field'],
    ['konghq.com/path: /v1', 'name: web', 'warning unsupported-field'],
    ['konghq.com/tls-verify: "true"', 'name: web', 'warning unsupported-field'],
    ['konghq.com/override: k', 'name: web', 'error unsupported-field'],
    ['konghq.com/protocl: https', 'name: web', 'error unknown-field'],
  ])('%s, port %s, gives a line', async (line, port, expected) => {
    expect(found(await annotated(line, port))).toEqual([
      expect.stringContaining(`m.yaml:5:18 ${expected} metadata.annotations`),
    ])
  })

  it.each([
    ['konghq.com/protocol: https', 'name: https-web'],
    ['konghq.com/protocol: https', 'name: web, appProtocol: https'],
    ['konghq.com/protocol: http', 'name: web'],
    ['konghq.com/tags: a', 'name: web'],
  ])('%s, port %s, says nothing that is not so', async (line, port) => {
    expect(found(await annotated(line, port))).toEqual([])
  })
})
