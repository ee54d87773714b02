import { describe, expect, it } from 'vitest'
import { type DiagnosticCode, formatDiagnostic, type LoadManifestsOptions } from '../../src/manifests/index.js'
import {
  destinationRule,
  found,
  ingress,
  kongPlugin,
  loadText,
  manifest,
  reviews,
  virtualService,
} from './load-text.js'

interface Case {
  readonly text: string
  readonly expected: readonly string[]
  readonly options?: LoadManifestsOptions
}

const service = manifest('v1', 'Service', 'reviews', 'spec: { ports: [{ port: 9080 }] }\n')
const plugins = '    konghq.com/plugins: p\n'
const toV1 = '    - route: [{ destination: { host: reviews, subset: v1 } }]\n'
const consumer = manifest('configuration.konghq.com/v1', 'KongConsumer', 'c', 'username: c\ncredentials: [s]\n')

function httpRoute(parents: string, backend: string): string {
  const rules = `rules: [{ backendRefs: [{ ${backend} }] }]`
  return manifest('gateway.networking.k8s.io/v1', 'HTTPRoute', 'r', `spec: { ${parents}, ${rules} }\n`)
}

/** One manifest for every code; the compiler tells which one is missing. */
const cases: Readonly<Record<DiagnosticCode, Case>> = {
  'ambiguous-plugin': {
    text: manifest('configuration.konghq.com/v1', 'KongPlugin', 'p', 'config:\n  hide_credentials: true\n'),
    expected: ['m.yaml:4:3 error ambiguous-plugin metadata.name'],
  },
  'duplicate-resource': {
    text: `${service}---\n${service}`,
    expected: ['m.yaml:10:3 error duplicate-resource metadata.name'],
  },
  'empty-file': { text: '# nothing\n', expected: ['m.yaml:1:1 error empty-file'] },
  'empty-subset': {
    text: manifest(
      'networking.istio.io/v1',
      'DestinationRule',
      'r',
      'spec: { host: reviews, subsets: [{ name: v9, labels: { version: v9 } }] }\n',
    ),
    expected: ['m.yaml:5:36 warning empty-subset spec.subsets[0].name'],
  },
  'flat-redis-host': {
    text: `${kongPlugin('rate-limiting', '  minute: 5\n  policy: redis\n  redis_host: r\n')}---\n${ingress(plugins)}`,
    expected: [
      'm.yaml:9:3 warning flat-redis-host config.redis_host',
      'm.yaml:9:3 warning local-counting config.redis_host',
    ],
  },
  'h2-upgrade': {
    text: destinationRule('    connectionPool:\n      http:\n        h2UpgradePolicy: UPGRADE\n'),
    expected: ['m.yaml:10:9 warning h2-upgrade spec.trafficPolicy.connectionPool.http.h2UpgradePolicy'],
  },
  'inferred-plugin': {
    text: `${manifest('configuration.konghq.com/v1', 'KongPlugin', 'p', 'config:\n  origins: ["*"]\n')}---\n${ingress(plugins)}`,
    expected: ['m.yaml:4:3 warning inferred-plugin metadata.name'],
  },
  'invalid-value': {
    text: virtualService('    - timeout: soon\n      route: [{ destination: { host: reviews } }]\n'),
    expected: ['m.yaml:8:7 error invalid-value spec.http[0].timeout'],
  },
  'local-counting': {
    text: `${kongPlugin('rate-limiting', '  minute: 5\n  policy: cluster\n')}---\n${ingress(plugins)}`,
    expected: ['m.yaml:8:3 warning local-counting config.policy'],
  },
  'listener-port': {
    text: [
      service,
      manifest(
        'gateway.networking.k8s.io/v1',
        'Gateway',
        'gw',
        'spec: { gatewayClassName: x, listeners: [{ name: a, port: 80, protocol: HTTP }, { name: b, port: 8080, protocol: HTTP }] }\n',
      ),
      httpRoute('parentRefs: [{ name: gw, sectionName: a }]', 'name: reviews, port: 9080'),
    ].join('---\n'),
    expected: [
      'm.yaml:11:53 warning listener-port spec.listeners[0].port',
      'm.yaml:11:92 warning listener-port spec.listeners[1].port',
    ],
  },
  'missing-delegate': {
    text: virtualService('    - delegate: { name: nobody }\n'),
    expected: ['m.yaml:8:19 warning missing-delegate spec.http[0].delegate.name'],
  },
  'missing-field': {
    text: virtualService('    - name: nowhere\n'),
    expected: ['m.yaml:8:7 error missing-field spec.http[0].route'],
  },
  'missing-grant': {
    text: `${service}---\n${httpRoute('parentRefs: [{ name: gw }]', 'name: reviews, namespace: other, port: 9080')}`,
    expected: [
      'm.yaml:11:24 warning missing-parent spec.parentRefs[0].name',
      'm.yaml:11:63 warning missing-service spec.rules[0].backendRefs[0].name',
      'm.yaml:11:78 warning missing-grant spec.rules[0].backendRefs[0].namespace',
    ],
  },
  'missing-parent': {
    text: `${service}---\n${httpRoute('parentRefs: [{ name: gw }]', 'name: reviews, port: 9080')}`,
    expected: ['m.yaml:11:24 warning missing-parent spec.parentRefs[0].name'],
  },
  'missing-service': {
    text: `${service}---\n${httpRoute("parentRefs: [{ name: reviews, kind: Service, group: '' }]", 'name: gone, port: 9080')}`,
    expected: ['m.yaml:11:94 warning missing-service spec.rules[0].backendRefs[0].name'],
  },
  'missing-path-type': {
    text: ingress('    a: b').replace('            pathType: Prefix\n', ''),
    expected: ['m.yaml:11:13 warning missing-path-type spec.rules[0].http.paths[0]'],
  },
  'missing-plugin': {
    text: ingress('    konghq.com/plugins: limits\n'),
    expected: ['m.yaml:6:5 error missing-plugin metadata.annotations["konghq.com/plugins"]'],
  },
  'missing-secret': { text: consumer, expected: ['m.yaml:6:1 error missing-secret credentials'] },
  'never-ejects': {
    text: destinationRule('    outlierDetection:\n      maxEjectionPercent: 50\n'),
    expected: ['m.yaml:9:7 warning never-ejects spec.trafficPolicy.outlierDetection.maxEjectionPercent'],
  },
  'no-consumers': {
    text: `${kongPlugin('key-auth', '  key_names: [k]\n')}---\n${ingress(plugins)}`,
    expected: ['m.yaml:4:3 warning no-consumers metadata.name'],
  },
  'no-endpoints': {
    text: service,
    expected: ['m.yaml:4:3 warning no-endpoints metadata.name'],
    options: { endpoints: {} },
  },
  'no-files': { text: service, expected: [] },
  'not-a-resource': { text: '\nkind: Service\n', expected: ['m.yaml:2:1 error not-a-resource'] },
  'not-exported': {
    text: manifest('networking.istio.io/v1', 'ServiceEntry', 'e', 'spec: { hosts: [a.example], exportTo: [other] }\n'),
    expected: ['m.yaml:5:29 warning not-exported spec.exportTo'],
  },
  'other-controller': {
    text: ingress('    nginx.ingress.kubernetes.io/auth-url: http://auth\n'),
    expected: ['m.yaml:6:5 error other-controller metadata.annotations["nginx.ingress.kubernetes.io/auth-url"]'],
  },
  'partial-host': {
    text: virtualService('    - route: [{ destination: { host: reviews.default } }]\n'),
    expected: ['m.yaml:8:32 warning partial-host spec.http[0].route[0].destination.host'],
  },
  shadowed: {
    text: virtualService(`${toV1}    - route: [{ destination: { host: reviews } }]\n`),
    expected: [
      'm.yaml:8:47 warning undefined-subset spec.http[0].route[0].destination.subset',
      'm.yaml:9:7 warning shadowed spec.http[1]',
    ],
  },
  'too-deep': { text: `${'['.repeat(60)}${']'.repeat(60)}`, expected: ['m.yaml:1:51 error too-deep'] },
  'too-large': { text: `# ${'x'.repeat(8 * 1024 * 1024)}`, expected: ['m.yaml:1:1 error too-large'] },
  'undefined-subset': {
    text: virtualService(toV1),
    expected: ['m.yaml:8:47 warning undefined-subset spec.http[0].route[0].destination.subset'],
  },
  'unknown-field': {
    text: virtualService('    - timeoutt: 1s\n      route: [{ destination: { host: reviews } }]\n'),
    expected: ['m.yaml:8:7 error unknown-field spec.http[0].timeoutt'],
  },
  'unknown-port': {
    text: `${service}---\n${ingress('    a: b')}`,
    expected: ['m.yaml:22:17 warning unknown-port spec.rules[0].http.paths[0].backend.service.port'],
  },
  'unreadable-file': { text: service, expected: [] },
  'unsupported-field': {
    text: virtualService('    - match: [{ statPrefix: a }]\n      route: [{ destination: { host: reviews } }]\n'),
    expected: ['m.yaml:8:17 warning unsupported-field spec.http[0].match[0].statPrefix'],
  },
  'unsupported-resource': {
    text: manifest('security.istio.io/v1', 'AuthorizationPolicy', 'a', 'spec: {}\n'),
    expected: ['m.yaml:4:3 error unsupported-resource metadata.name'],
  },
  'unused-delegate': {
    text: manifest(
      'networking.istio.io/v1',
      'VirtualService',
      'd',
      'spec: { http: [{ directResponse: { status: 200 } }] }\n',
    ),
    expected: ['m.yaml:4:3 warning unused-delegate metadata.name'],
  },
  'unused-endpoints': {
    text: manifest('discovery.k8s.io/v1', 'EndpointSlice', 's', 'addressType: IPv4\n'),
    expected: ['m.yaml:4:3 warning unused-endpoints metadata.name'],
  },
  'unused-plugin': {
    text: kongPlugin('cors', '  credentials: false\n'),
    expected: ['m.yaml:4:3 warning unused-plugin metadata.name'],
  },
  'wrong-type': {
    text: virtualService('    - timeout: 5\n      route: [{ destination: { host: reviews } }]\n'),
    expected: ['m.yaml:8:16 error wrong-type spec.http[0].timeout'],
  },
  'yaml-alias': {
    text: manifest('v1', 'Service', 'reviews\n  labels: { a: &a x, b: *a }', 'spec: {}\n'),
    expected: ['m.yaml:5:25 error yaml-alias metadata.labels.b'],
  },
  'yaml-duplicate-key': { text: 'kind: Service\nkind: Secret\n', expected: ['m.yaml:2:1 error yaml-duplicate-key'] },
  'yaml-key': { text: `1: a\n${service}`, expected: ['m.yaml:1:1 error yaml-key'] },
  'yaml-syntax': { text: 'a:\n\tb: 1\n', expected: ['m.yaml:2:1 error yaml-syntax'] },
  'yaml-tag': { text: 'a: !!js/function "x"\n', expected: ['m.yaml:1:4 error yaml-tag'] },
}

/** What cannot be shown with a text. */
const ofFiles: ReadonlySet<string> = new Set(['no-files', 'unreadable-file'])

describe('a diagnostic', () => {
  const table = Object.entries(cases).filter(([code]) => !ofFiles.has(code))

  it.each(table)('%s stands where its cause does', async (_, { text, expected, options }) => {
    const config = await loadText(text, { endpoints: reviews, ...options })
    expect(found(config)).toEqual(expected)
  })

  it.each(table)('%s is a sentence', async (_, { text, options }) => {
    for (const { message } of (await loadText(text, options)).diagnostics) expect(message).toMatch(/^\S.*[.?]$/s)
  })

  it('is told once, even where its resource is compiled for several hosts', async () => {
    const text = virtualService(toV1.replace('- route', '- fault: {}\n      route')).replace('[reviews]', '[a, b]')
    const config = await loadText(text, { endpoints: { ...reviews, a: reviews.reviews, b: reviews.reviews } })
    expect(found(config).filter((line) => line.includes('fault'))).toHaveLength(1)
  })
})

describe('formatDiagnostic', () => {
  it('makes a line for a terminal', () => {
    const place = { file: 'a.yaml', line: 3, column: 7, path: 'spec.host' }
    const line = formatDiagnostic({ ...place, severity: 'error', code: 'missing-field', message: 'It is required.' })
    expect(line).toBe('a.yaml:3:7 error missing-field spec.host: It is required.')
  })
})
