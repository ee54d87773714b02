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
  'missing-field': {
    text: virtualService('    - name: nowhere\n'),
    expected: ['m.yaml:8:7 error missing-field spec.http[0].route'],
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
  shadowed: {
    text: virtualService(`${toV1}    - route: [{ destination: { host: reviews } }]\n`),
    expected: [
      'm.yaml:8:47 warning undefined-subset spec.http[0].route[0].destination.subset',
      'm.yaml:9:7 warning shadowed spec.http[1]',
    ],
  },
  'too-deep': { text: `${'['.repeat(60)}${']'.repeat(60)}`, expected: ['m.yaml:1:51 error too-deep'] },
  'too-large': { text: `# ${'x'.repeat(1024 * 1024)}`, expected: ['m.yaml:1:1 error too-large'] },
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
    text: virtualService('    - fault: {}\n      route: [{ destination: { host: reviews } }]\n'),
    expected: ['m.yaml:8:7 warning unsupported-field spec.http[0].fault'],
  },
  'unsupported-resource': {
    text: manifest('security.istio.io/v1', 'AuthorizationPolicy', 'a', 'spec: {}\n'),
    expected: ['m.yaml:4:3 error unsupported-resource metadata.name'],
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
