import { describe, expect, it } from 'vitest'
import type { ServiceConfig } from '../../../src/config/service.js'
import type { LoadManifestsOptions } from '../../../src/manifests/index.js'
import { found, loadText, manifest, messages } from '../load-text.js'
import { ten } from './policy-text.js'

/** A DestinationRule; `spec` is indented by two and begins in line 6. */
function rule(name: string, spec: string): string {
  return manifest('networking.istio.io/v1beta1', 'DestinationRule', name, `spec:\n${spec}`)
}

/** A Service with the ports 80 (`http`) and 8080 (`http-alt`) that listen on 18080 and 18081. */
const service = manifest(
  'v1',
  'Service',
  'reviews',
  `spec: { ports: [{ name: http, port: 80, targetPort: 18080 }, { name: http-alt, port: 8080, targetPort: 18081 }] }\n`,
)
const endpoints = { reviews: [{ url: 'http://10.0.0.1', labels: { version: 'v1' } }] }

async function services(
  documents: readonly string[],
  options: LoadManifestsOptions = {},
): Promise<Readonly<Record<string, ServiceConfig>>> {
  const config = await loadText(documents.join('---\n'), { endpoints: ten, ...options })
  return config.services ?? {}
}

describe('a DestinationRule', () => {
  it('defines subsets by labels, each with state of its own', async () => {
    const text = rule('a', '  host: reviews\n  subsets: [{ name: v1, labels: { version: v1 } }, { name: all }]\n')
    const config = await loadText(text, { endpoints })
    expect(config.services?.reviews).toMatchObject({
      subsets: { v1: { version: 'v1' }, all: {} },
      subsetPolicies: { v1: {}, all: {} },
      envoyHeaders: true,
      retry: { attempts: 2 },
    })
    expect(config.diagnostics).toEqual([])
  })

  it('says which subsets no endpoint belongs to', async () => {
    const text = rule('a', '  host: reviews\n  subsets: [{ name: v2, labels: { version: v2 } }]\n')
    expect(found(await loadText(text, { endpoints }))).toEqual([
      'm.yaml:7:15 warning empty-subset spec.subsets[0].name',
    ])
    expect(messages(await loadText(text, { endpoints: ten }))).toContain('The labels of its endpoints are not known')
  })

  it('of a short host means the service in its own namespace', async () => {
    const text = rule('a\n  namespace: shop', '  host: reviews\n')
    expect(Object.keys(await services([text], { endpoints: { 'reviews.shop': ten.reviews } }))).toEqual([
      'reviews.shop',
    ])
  })

  it('of a host that nothing describes makes no service under strict', async () => {
    const text = rule('a', '  host: other\n')
    expect(Object.keys(await services([text], { endpoints: {} }))).toEqual(['other'])
    expect(Object.keys(await services([text], { endpoints: {}, strict: true }))).toEqual([])
  })

  it.each([
    ['  host: ""\n', 'm.yaml:6:3 error invalid-value spec.host'],
    ['  hosts: [reviews]\n', 'm.yaml:6:3 error unknown-field spec.hosts'],
    ['  host: "a.*.b"\n', 'm.yaml:6:3 error invalid-value spec.host'],
    ['  host: "*.shop"\n', 'm.yaml:6:3 warning shadowed spec.host'],
    ['  host: reviews\n  trafficPolicy: {}\n', 'm.yaml:7:3 error missing-field spec.trafficPolicy'],
    [
      '  host: reviews\n  subsets: [{ name: a, trafficPolicy: {} }]\n',
      'm.yaml:7:24 error missing-field spec.subsets[0].trafficPolicy',
    ],
    [
      '  host: reviews\n  subsets: [{ name: a }, { name: a }]\n',
      'm.yaml:7:28 error invalid-value spec.subsets[1].name',
    ],
    ['  host: reviews\n  subsets: [{ name: a_b }]\n', 'm.yaml:7:15 error invalid-value spec.subsets[0].name'],
    [
      '  host: reviews\n  subsets: [{ name: a, labels: { "a b": c } }]\n',
      'm.yaml:7:24 error invalid-value spec.subsets[0].labels',
    ],
    ['  host: reviews\n  exportTo: ["~"]\n', 'm.yaml:7:3 error invalid-value spec.exportTo'],
    ['  host: reviews\n  exportTo: [a, a]\n', 'm.yaml:7:3 error invalid-value spec.exportTo'],
    [
      '  host: reviews\n  trafficPolicy: { portLevelSettings: [{ port: { number: 80 } }] }\n',
      'm.yaml:7:42 error missing-field spec.trafficPolicy.portLevelSettings[0].port',
    ],
    [
      '  host: reviews\n  trafficPolicy: { portLevelSettings: [{ tls: {} }] }\n',
      'm.yaml:7:40 error missing-field spec.trafficPolicy.portLevelSettings[0].port',
    ],
    [
      '  host: reviews\n  trafficPolicy: { tunnel: { targetHost: a, targetPort: 80 } }\n',
      'm.yaml:7:20 warning unsupported-field spec.trafficPolicy.tunnel',
    ],
    [
      '  host: reviews\n  trafficPolicy: { tunnel: { targetHost: a } }\n',
      'm.yaml:7:28 error missing-field spec.trafficPolicy.tunnel.targetPort',
    ],
    [
      '  host: reviews\n  trafficPolicy: { tunnel: { targetHost: "a b", targetPort: 80 } }\n',
      'm.yaml:7:30 error invalid-value spec.trafficPolicy.tunnel.targetHost',
    ],
    [
      '  host: reviews\n  trafficPolicy: { tunnel: { protocol: GET, targetHost: a, targetPort: 80 } }\n',
      'm.yaml:7:30 error invalid-value spec.trafficPolicy.tunnel.protocol',
    ],
    [
      '  host: reviews\n  trafficPolicy: { proxyProtocol: { version: V3 } }\n',
      'm.yaml:7:37 error invalid-value spec.trafficPolicy.proxyProtocol.version',
    ],
    [
      '  host: reviews\n  workloadSelector: { matchLabels: { a: b } }\n  exportTo: ["*"]\n',
      'm.yaml:8:3 error invalid-value spec.exportTo',
    ],
    [
      '  host: reviews\n  trafficPolicy: { proxyProtocol: {} }\n',
      'm.yaml:7:20 warning unsupported-field spec.trafficPolicy.proxyProtocol',
    ],
    [
      '  host: reviews\n  workloadSelector: { matchLabels: { app: a } }\n',
      'm.yaml:7:3 warning unsupported-field spec.workloadSelector',
    ],
    [
      '  host: reviews\n  workloadSelector: {}\n  trafficPolicy: { tls: { mode: SIMPLE } }\n',
      'm.yaml:7:3 error unsupported-field spec.workloadSelector',
    ],
  ])('%j gives a line', async (spec, line) => {
    expect(found(await loadText(rule('a', spec), { endpoints: ten }))).toContain(line)
  })

  it('suggests the field that was meant', async () => {
    const config = await loadText(rule('a', '  hosts: [reviews]\n'), { endpoints: ten })
    expect(messages(config)).toContain('Did you mean "host"?')
  })
})

describe('settings of a port', () => {
  const spec = `  host: reviews
  trafficPolicy:
    loadBalancer: { simple: RANDOM }
    connectionPool: { tcp: { maxConnections: 7, connectTimeout: 1s } }
    tls: { mode: SIMPLE }
    portLevelSettings: [{ port: { number: 8080 }, loadBalancer: { simple: ROUND_ROBIN } }]
`

  it('replace the whole policy for that port: what they leave out is the default', async () => {
    const made = await services([service, rule('a', spec)], { endpoints })
    expect(made.reviews).toMatchObject({ loadBalancer: 'random', tls: 'simple', connectTimeout: 1_000 })
    const { loadBalancer, tls, connectTimeout, limits } = made['reviews:8080'] ?? {}
    expect({ loadBalancer, tls, connectTimeout, limits }).toEqual({ loadBalancer: 'round-robin' })
  })

  it('are for a service of their own: name, aliases and endpoints have the port', async () => {
    const made = await services([service, rule('a', spec)], { endpoints })
    expect(made.reviews?.hosts).toEqual(['reviews.default', 'reviews.default.svc', 'reviews.default.svc.cluster.local'])
    expect(made['reviews:8080']).toMatchObject({
      hosts: ['reviews.default:8080', 'reviews.default.svc:8080', 'reviews.default.svc.cluster.local:8080'],
      endpoints: [{ url: 'http://10.0.0.1:18081' }],
    })
    expect(made.reviews?.endpoints?.[0]?.url).toBe('http://10.0.0.1:18080')
  })

  it('of a port that is not open, or not known, have no effect', async () => {
    const none = `  host: reviews\n  trafficPolicy: { portLevelSettings: [{ port: { number: 81 }, tls: { mode: SIMPLE } }] }\n`
    const known = await loadText(`${service}---\n${rule('a', none)}`, { endpoints })
    expect(found(known)).toEqual(['m.yaml:13:40 warning unknown-port spec.trafficPolicy.portLevelSettings[0]'])
    const unknown = await loadText(rule('a', none), { endpoints })
    expect(found(unknown)).toEqual(['m.yaml:7:40 error unknown-port spec.trafficPolicy.portLevelSettings[0]'])
  })
})

describe('the policy of a subset', () => {
  const subset = (policy: string): string => `  host: reviews
  trafficPolicy:
    loadBalancer: { simple: RANDOM }
    connectionPool: { tcp: { maxConnections: 7, connectTimeout: 1s } }
    tls: { mode: SIMPLE }
  subsets: [{ name: v1, labels: { version: v1 }, trafficPolicy: ${policy} }]
`
  const of = async (policy: string): Promise<unknown> => {
    const made = await services([service, rule('a', subset(policy))], { endpoints })
    return Object.values(made).map((one) => one.subsetPolicies?.v1)
  }

  it('replaces single blocks of the policy above', async () => {
    expect(await of('{ loadBalancer: { simple: ROUND_ROBIN } }')).toEqual([
      { loadBalancer: 'round-robin' },
      { loadBalancer: 'round-robin' },
    ])
    expect(await of('{ connectionPool: { http: { http2MaxRequests: 3 } } }')).toEqual([
      { limits: { maxRequests: 3 }, connectTimeout: 10_000 },
      { limits: { maxRequests: 3 }, connectTimeout: 10_000 },
    ])
    expect(await of('{ tls: { mode: DISABLE } }')).toEqual([{ tls: 'disable' }, { tls: 'disable' }])
  })

  it('whose port has settings leaves nothing of the policy above for that port', async () => {
    expect(
      await of('{ portLevelSettings: [{ port: { number: 80 }, loadBalancer: { simple: ROUND_ROBIN } }] }'),
    ).toEqual([{ loadBalancer: 'round-robin', limits: {}, connectTimeout: 10_000, tls: 'disable' }, {}])
  })

  it('that ejects makes localities count', async () => {
    expect(await of('{ outlierDetection: { maxEjectionPercent: 100 } }')).toMatchObject([
      { loadBalancer: { type: 'random', locality: {} }, outlierDetection: { maxEjectionPercent: 100 } },
      {},
    ])
  })

  it('that can never eject is a warning: the endpoints of the subset count', async () => {
    const text = `${service}---\n${rule('a', subset('{ outlierDetection: { maxEjectionPercent: 50 } }'))}`
    const config = await loadText(text, { endpoints })
    expect(messages(config)).toContain('"reviews v1" has 1; set at least 100.')
  })
})

describe('tls DISABLE', () => {
  const disabled = rule('a', '  host: reviews\n  trafficPolicy: { tls: { mode: DISABLE } }\n')
  const tls = async (documents: readonly string[], options: LoadManifestsOptions = {}): Promise<unknown[]> =>
    Object.values(await services(documents, options)).map((one) => one.tls)

  const secure = manifest(
    'v1',
    'Service',
    'reviews',
    'spec: { ports: [{ name: https, port: 443 }, { name: http, port: 80 }] }\n',
  )

  it('means plain text where a port speaks that, and leaves the TLS of calls to others as it is', async () => {
    expect(await tls([secure, disabled], { endpoints })).toEqual([undefined, 'disable'])
  })

  it('leaves it to endpoints that are given as https, and to calls that say where they go', async () => {
    expect(await tls([disabled], { endpoints: { reviews: [{ url: 'https://10.0.0.1:443' }] } })).toEqual([undefined])
    const passing =
      '  host: reviews\n  trafficPolicy: { tls: { mode: DISABLE }, loadBalancer: { simple: PASSTHROUGH } }\n'
    expect(await tls([rule('a', passing)], { endpoints: {} })).toEqual([undefined])
  })

  it('of a ServiceEntry that is found by DNS leaves calls over TLS', async () => {
    const entry = manifest(
      'networking.istio.io/v1',
      'ServiceEntry',
      'pay',
      'spec: { hosts: [reviews], resolution: DNS, ports: [{ name: a, number: 443, protocol: HTTPS }] }\n',
    )
    expect(await tls([entry, disabled], { endpoints: {} })).toEqual([undefined])
  })

  it('of a subset takes back the mutual TLS of the rule, not the TLS of the port', async () => {
    const spec =
      '  host: reviews\n  trafficPolicy: { tls: { mode: ISTIO_MUTUAL } }\n  subsets: [{ name: v1, labels: { version: v1 }, trafficPolicy: { tls: { mode: DISABLE } } }]\n'
    const made = await services([secure, rule('a', spec)], { endpoints })
    expect(Object.values(made).map((one) => one.subsetPolicies?.v1?.tls)).toEqual(['simple', 'disable'])
  })
})

describe('retryBudget', () => {
  it('takes the place of no budget in the retries of the service', async () => {
    const made = await services([rule('a', '  host: reviews\n  trafficPolicy: { retryBudget: { percent: 30 } }\n')])
    expect(made.reviews?.retry).toMatchObject({ attempts: 2, budget: { percent: 30, minConcurrency: 3 } })
  })

  it('without an interval is honoured, with one it is a warning', async () => {
    const text = rule('a', '  host: reviews\n  trafficPolicy: { retryBudget: { budgetInterval: 10s } }\n')
    expect(found(await loadText(text, { endpoints: ten }))).toEqual([
      'm.yaml:7:35 warning unsupported-field spec.trafficPolicy.retryBudget.budgetInterval',
    ])
  })
})

describe('several rules for one host', () => {
  const policy = (simple: string): string => `  trafficPolicy: { loadBalancer: { simple: ${simple} } }\n`

  it('are merged: new subsets are added, the first policy stays', async () => {
    const first = rule('a', `  host: reviews\n${policy('RANDOM')}  subsets: [{ name: v1 }]\n`)
    const second = rule('b', `  host: reviews\n${policy('ROUND_ROBIN')}  subsets: [{ name: v1 }, { name: v2 }]\n`)
    const config = await loadText(`${first}---\n${second}`, { endpoints: ten })
    expect(config.services?.reviews).toMatchObject({ loadBalancer: 'random', subsets: { v1: {}, v2: {} } })
    expect(found(config)).toEqual([
      'm.yaml:16:3 warning shadowed spec.trafficPolicy',
      'm.yaml:17:15 warning shadowed spec.subsets[0].name',
    ])
  })

  it('are merged the oldest first, whatever their names', async () => {
    const young = rule('a\n  creationTimestamp: "2026-02-01T00:00:00Z"', `  host: reviews\n${policy('RANDOM')}`)
    const old = rule('b\n  creationTimestamp: "2026-01-01T00:00:00Z"', `  host: reviews\n${policy('ROUND_ROBIN')}`)
    expect((await services([young, old])).reviews?.loadBalancer).toBe('round-robin')
  })

  it.each([
    { exports: ['["*"]', '["*"]'], policy: 'random', names: ['v1', 'v2'], why: 'the same' },
    { exports: ['["*"]', '["."]'], policy: 'round-robin', names: ['v2'], why: 'not the same, so that the last counts' },
    { exports: ['[]', '["*"]'], policy: 'round-robin', names: ['v2'], why: 'not written the same' },
    { exports: ['[default]', '[default, web]'], policy: 'random', names: ['v1', 'v2'], why: 'more' },
    { exports: ['[default, web]', '[default]'], policy: 'round-robin', names: ['v2'], why: 'less' },
    { exports: ['["*"]', '[web]'], policy: 'random', names: ['v1'], why: 'not to the caller' },
  ])('are merged if they are exported alike: to $exports is $why', async ({ exports, policy: chosen, names }) => {
    const [first, second] = exports
    const config = await services([
      rule('a', `  host: reviews\n  exportTo: ${first}\n${policy('RANDOM')}  subsets: [{ name: v1 }]\n`),
      rule('b', `  host: reviews\n  exportTo: ${second}\n${policy('ROUND_ROBIN')}  subsets: [{ name: v2 }]\n`),
    ])
    expect(config.reviews?.loadBalancer).toBe(chosen)
    expect(Object.keys(config.reviews?.subsets ?? {})).toEqual(names)
  })

  it('of a host nearer than a wildcard hide that, also from whom they are not exported to', async () => {
    const shop = manifest('v1', 'Service', 'reviews\n  namespace: shop', 'spec: { ports: [{ port: 80 }] }\n')
    const near = rule('a\n  namespace: shop', `  host: reviews\n  exportTo: [other]\n${policy('RANDOM')}`)
    const wide = rule('b\n  namespace: shop', `  host: "*.local"\n${policy('ROUND_ROBIN')}`)
    const options = { namespace: 'web', endpoints: { 'reviews.shop': ten.reviews } }
    expect((await services([shop, near, wide], options))['reviews.shop']?.loadBalancer).toBeUndefined()
    expect((await services([shop, wide], options))['reviews.shop']?.loadBalancer).toBe('round-robin')
  })

  it('of several namespaces are not merged: the caller’s comes first, then the service’s, then the root’s', async () => {
    const own = rule('a\n  namespace: web', `  host: reviews.shop.svc.cluster.local\n${policy('RANDOM')}`)
    const theirs = rule('a\n  namespace: shop', `  host: reviews\n${policy('ROUND_ROBIN')}`)
    const root = rule('a\n  namespace: istio-system', `  host: "*"\n${policy('LEAST_REQUEST')}`)
    const elsewhere = rule('a\n  namespace: other', `  host: reviews.shop.svc.cluster.local\n${policy('RANDOM')}`)
    const shop = manifest('v1', 'Service', 'reviews\n  namespace: shop', 'spec: { ports: [{ port: 80 }] }\n')
    const chosen = async (documents: readonly string[]): Promise<unknown> => {
      const made = await services([shop, ...documents], {
        namespace: 'web',
        endpoints: { 'reviews.shop': ten.reviews },
      })
      return made['reviews.shop']?.loadBalancer
    }
    expect(await chosen([root, theirs, own, elsewhere])).toBe('random')
    expect(await chosen([root, theirs, elsewhere])).toBe('round-robin')
    expect(await chosen([root, elsewhere])).toBe('least-request')
    expect(await chosen([elsewhere])).toBeUndefined()
  })

  it('are looked at only as far as they are exported', async () => {
    const shop = manifest('v1', 'Service', 'reviews\n  namespace: shop', 'spec: { ports: [{ port: 80 }] }\n')
    const chosen = async (exportTo: string): Promise<unknown> => {
      const theirs = rule('a\n  namespace: shop', `  host: reviews\n  exportTo: ${exportTo}\n${policy('RANDOM')}`)
      const made = await services([shop, theirs], { namespace: 'web', endpoints: { 'reviews.shop': ten.reviews } })
      return made['reviews.shop']?.loadBalancer
    }
    expect(await chosen('["*"]')).toBe('random')
    expect(await chosen('[web]')).toBe('random')
    expect(await chosen('["."]')).toBeUndefined()
    expect(await chosen('[other]')).toBeUndefined()
  })

  it('the closest host decides: itself, else the longest wildcard', async () => {
    const any = rule('a', `  host: "*"\n${policy('RANDOM')}`)
    const wide = rule('b', `  host: "*.local"\n${policy('LEAST_REQUEST')}`)
    const narrow = rule('c', `  host: "*.default.svc.cluster.local"\n${policy('ROUND_ROBIN')}`)
    const exact = rule('d', `  host: reviews\n  trafficPolicy: { loadBalancer: { simple: RANDOM } }\n`)
    const outside = { 'api.example.com': [{ url: 'http://10.0.0.9:80' }] }
    const made = await services([any, wide, narrow], { endpoints: { ...ten, ...outside } })
    expect(made.reviews?.loadBalancer).toBe('round-robin')
    expect(made['api.example.com']?.loadBalancer).toBe('random')
    expect((await services([any, wide, narrow, exact])).reviews?.loadBalancer).toBe('random')
  })
})

describe('origins', () => {
  it('say where every value was written, block by block', async () => {
    const spec = `  host: reviews
  trafficPolicy:
    loadBalancer: { simple: RANDOM }
    connectionPool: { tcp: { connectTimeout: 1s } }
  subsets:
    - name: v1
      labels: { version: v1 }
      trafficPolicy:
        outlierDetection: { maxEjectionPercent: 100 }
`
    const { reviews } = await services([rule('a', spec)], { endpoints })
    expect(reviews?.origins).toEqual({
      destinationRule: { file: 'm.yaml', line: 4 },
      loadBalancer: { file: 'm.yaml', line: 8 },
      connectTimeout: { file: 'm.yaml', line: 9 },
      'subset v1': { file: 'm.yaml', line: 11 },
      'subset v1 loadBalancer': { file: 'm.yaml', line: 8 },
      'subset v1 outlierDetection': { file: 'm.yaml', line: 14 },
    })
  })
})
