import { describe, expect, it } from 'vitest'
import type { ServiceConfig } from '../../../src/config/service.js'
import { destinationRule, found, loadText, manifest, messages } from '../load-text.js'

const ten = { reviews: Array.from({ length: 10 }, (_, i) => ({ url: `http://127.0.0.1:${9_000 + i}` })) }

async function policy(text: string): Promise<ServiceConfig | undefined> {
  const config = await loadText(destinationRule(text), { endpoints: ten })
  expect(found(config)).toEqual([])
  return config.services?.reviews
}

async function problems(text: string): Promise<string[]> {
  return found(await loadText(destinationRule(text), { endpoints: ten }))
}

describe('loadBalancer', () => {
  it.each([
    ['LEAST_REQUEST', 'least-request'],
    ['LEAST_CONN', 'least-request'],
    ['UNSPECIFIED', 'least-request'],
    ['ROUND_ROBIN', 'round-robin'],
    ['RANDOM', 'random'],
  ])('%s is %s', async (simple, native) => {
    expect((await policy(`    loadBalancer: { simple: ${simple} }\n`))?.loadBalancer).toBe(native)
  })

  it.each([
    ['simple: PASSTHROUGH', 'warning unsupported-field'],
    ['consistentHash: { useSourceIp: true }', 'warning unsupported-field'],
    ['localityLbSetting: {}', 'warning unsupported-field'],
    ['simple: ROUND_ROBBIN', 'error invalid-value'],
  ])('%s gives a line', async (field, expected) => {
    expect(await problems(`    loadBalancer: { ${field} }\n`)).toEqual([
      expect.stringContaining(`m.yaml:8:21 ${expected}`),
    ])
  })
})

describe('connectionPool', () => {
  it('becomes limits and the time to connect', async () => {
    const text = `    connectionPool:
      tcp: { maxConnections: 10, connectTimeout: 250ms }
      http: { http1MaxPendingRequests: 5, http2MaxRequests: 20, maxRetries: 3, h2UpgradePolicy: DO_NOT_UPGRADE }\n`
    expect(await policy(text)).toMatchObject({
      limits: { maxConnections: 10, maxPendingRequests: 5, maxRequests: 20, maxRetries: 3 },
      connectTimeout: 250,
    })
  })

  it('takes 0 and 2^32-1 for no limit', async () => {
    const text = '    connectionPool: { tcp: { maxConnections: 0 }, http: { http2MaxRequests: 4294967295 } }\n'
    expect((await policy(text))?.limits).toBeUndefined()
  })

  it.each([
    ['tcp: { maxConnections: -1 }', 'error invalid-value'],
    ['tcp: { connectTimeout: 0s }', 'error invalid-value'],
    ['tcp: { maxConections: 1 }', 'error unknown-field'],
    ['tcp: { tcpKeepalive: {} }', 'warning unsupported-field'],
    ['http: { maxRequestsPerConnection: 1 }', 'warning unsupported-field'],
    ['http: { h2UpgradePolicy: UPGRADE }', 'warning h2-upgrade'],
  ])('%s gives a line', async (field, expected) => {
    const lines = await problems(`    connectionPool: { ${field} }\n`)
    expect(lines).toEqual([expect.stringMatching(new RegExp(`^m\\.yaml:8:\\d+ ${expected}`))])
  })
})

describe('outlierDetection', () => {
  it("has Istio's defaults, and like Istio does not spare one endpoint", async () => {
    expect((await policy('    outlierDetection: {}\n'))?.outlierDetection).toEqual({
      consecutive5xxErrors: 5,
      consecutiveGatewayErrors: 0,
      interval: 10_000,
      baseEjectionTime: 30_000,
      maxEjectionPercent: 10,
      alwaysEjectOne: false,
      panicThresholdPercent: 0,
    })
  })

  it('takes what is written', async () => {
    const text = `    outlierDetection: { consecutive5xxErrors: 0, consecutiveGatewayErrors: 3, interval: 1m,
      baseEjectionTime: 2m, maxEjectionPercent: 100, minHealthPercent: 30 }\n`
    expect((await policy(text))?.outlierDetection).toEqual({
      consecutive5xxErrors: 0,
      consecutiveGatewayErrors: 3,
      interval: 60_000,
      baseEjectionTime: 120_000,
      maxEjectionPercent: 100,
      alwaysEjectOne: false,
      panicThresholdPercent: 30,
    })
  })

  it.each([
    [10, 9, true],
    [10, 10, false],
    [33, 3, true],
    [34, 3, false],
    [50, 2, false],
    [100, 1, false],
    [99, 1, true],
    [10, 0, true],
  ])('at %i %% of %i endpoints never ejects: %s', async (percent, count, never) => {
    const endpoints = { reviews: ten.reviews.slice(0, count) }
    const config = await loadText(destinationRule(`    outlierDetection: { maxEjectionPercent: ${percent} }\n`), {
      endpoints,
    })
    expect(found(config).some((line) => line.includes('never-ejects'))).toBe(never)
  })

  it.each([
    ['maxEjectionPercent: 101', 'error invalid-value'],
    ['interval: 0s', 'error invalid-value'],
    ['consecutive5xxErrors: "5"', 'error wrong-type'],
    ['consecutiveErrors: 5', 'warning unsupported-field'],
    ['splitExternalLocalOriginErrors: true', 'warning unsupported-field'],
  ])('%s gives a line', async (field, expected) => {
    const lines = await problems(`    outlierDetection: { ${field} }\n`)
    expect(lines).toEqual([expect.stringMatching(new RegExp(`^m\\.yaml:8:\\d+ ${expected}`))])
  })
})

describe('tls', () => {
  it.each<[string, unknown]>([
    ['mode: DISABLE', 'disable'],
    ['mode: SIMPLE', 'simple'],
    ['mode: MUTUAL', 'mutual'],
    ['mode: ISTIO_MUTUAL', 'mutual'],
    ['mode: SIMPLE, sni: a.example', { mode: 'simple', serverName: 'a.example' }],
    [
      'mode: MUTUAL, subjectAltNames: ["spiffe://td/ns/a/sa/b"]',
      { mode: 'mutual', subjectAltNames: ['spiffe://td/ns/a/sa/b'] },
    ],
  ])('%s is %j', async (fields, tls) => {
    expect((await policy(`    tls: { ${fields} }\n`))?.tls).toEqual(tls)
  })

  it.each([
    ['mode: SIMPLE, credentialName: c', 'error unsupported-field'],
    ['mode: SIMPLE, caCertificates: /etc/ca.pem', 'error unsupported-field'],
    ['mode: MUTUAL, privateKey: /etc/key.pem', 'warning unsupported-field'],
    ['mode: SIMPLE, insecureSkipVerify: true', 'warning unsupported-field'],
    ['mode: ISTIO_MUTUAL, sni: a', 'error invalid-value'],
    ['mode: mutual', 'error invalid-value'],
  ])('%s gives a line', async (fields, expected) => {
    const lines = await problems(`    tls: { ${fields} }\n`)
    expect(lines).toEqual([expect.stringMatching(new RegExp(`^m\\.yaml:8:\\d+ ${expected}`))])
  })
})

describe('a DestinationRule', () => {
  const named = (name: string, spec: string): string =>
    manifest('networking.istio.io/v1beta1', 'DestinationRule', name, `spec:\n${spec}`)

  it('defines subsets by labels', async () => {
    const text = named('a', '  host: reviews\n  subsets: [{ name: v1, labels: { version: one } }, { name: all }]\n')
    const config = await loadText(text, { endpoints: ten })
    expect(config.services?.reviews?.subsets).toEqual({ v1: { version: 'one' }, all: {} })
    expect(config.diagnostics).toEqual([])
  })

  it('of a short host means the service in its own namespace', async () => {
    const text = named('a\n  namespace: shop', '  host: reviews\n')
    const config = await loadText(text, { endpoints: { 'reviews.shop': ten.reviews } })
    expect(Object.keys(config.services ?? {})).toEqual(['reviews.shop'])
  })

  it('is merged with others for its host: new subsets are added, the first policy stays', async () => {
    const first = named(
      'a',
      '  host: reviews\n  trafficPolicy: { loadBalancer: { simple: RANDOM } }\n  subsets: [{ name: v1 }]\n',
    )
    const second = named(
      'b',
      '  host: reviews\n  trafficPolicy: { loadBalancer: { simple: ROUND_ROBIN } }\n  subsets: [{ name: v1 }, { name: v2 }]\n',
    )
    const config = await loadText(`${first}---\n${second}`, { endpoints: ten })
    expect(config.services?.reviews).toMatchObject({ loadBalancer: 'random', subsets: { v1: {}, v2: {} } })
    expect(found(config)).toEqual([
      'm.yaml:16:3 warning shadowed spec.trafficPolicy',
      'm.yaml:17:15 warning shadowed spec.subsets[0].name',
    ])
  })

  it.each([
    ['  host: "*.shop"\n  trafficPolicy: {}\n', 'm.yaml:6:3 warning unsupported-field spec.host'],
    [
      '  host: "*.shop"\n  trafficPolicy: { tls: { mode: ISTIO_MUTUAL } }\n',
      'm.yaml:6:3 error unsupported-field spec.host',
    ],
    [
      '  host: reviews\n  subsets: [{ name: a, trafficPolicy: {} }]\n',
      'm.yaml:7:24 warning unsupported-field spec.subsets[0].trafficPolicy',
    ],
    [
      '  host: reviews\n  subsets: [{ name: a, trafficPolicy: { tls: {} } }]\n',
      'm.yaml:7:24 error unsupported-field spec.subsets[0].trafficPolicy',
    ],
    [
      '  host: reviews\n  trafficPolicy: { portLevelSettings: [{ port: { number: 80 } }] }\n',
      'm.yaml:7:20 warning unsupported-field spec.trafficPolicy.portLevelSettings',
    ],
    [
      '  host: reviews\n  trafficPolicy: { portLevelSettings: [{ tls: {} }] }\n',
      'm.yaml:7:20 error unsupported-field spec.trafficPolicy.portLevelSettings',
    ],
    ['  host: ""\n', 'm.yaml:6:3 error invalid-value spec.host'],
    ['  hosts: [reviews]\n', 'm.yaml:6:3 error unknown-field spec.hosts'],
  ])('%j gives a line', async (spec, line) => {
    const config = await loadText(named('a', spec), { endpoints: ten })
    expect(found(config)).toContain(line)
  })

  it('suggests the field that was meant', async () => {
    const config = await loadText(named('a', '  hosts: [reviews]\n'), { endpoints: ten })
    expect(messages(config)).toContain('Did you mean "host"?')
  })
})
