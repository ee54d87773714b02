import { describe, expect, it } from 'vitest'
import { destinationRule, loadText } from '../load-text.js'
import { policy, problems, ten } from './policy-text.js'

describe('simple', () => {
  it.each([
    ['LEAST_REQUEST', 'least-request'],
    ['LEAST_CONN', 'least-request'],
    ['UNSPECIFIED', 'least-request'],
    ['ROUND_ROBIN', 'round-robin'],
    ['RANDOM', 'random'],
  ])('%s is %s', async (simple, native) => {
    expect((await policy(`    loadBalancer: { simple: ${simple} }\n`))?.loadBalancer).toBe(native)
  })

  it('PASSTHROUGH is the address that a call names, unless endpoints are given', async () => {
    expect((await policy('    loadBalancer: { simple: PASSTHROUGH }\n', { endpoints: {} }))?.discovery).toEqual({
      kind: 'original',
    })
    expect(await problems('    loadBalancer: { simple: PASSTHROUGH }\n')).toEqual([
      'm.yaml:8:5 warning unsupported-field spec.trafficPolicy.loadBalancer',
    ])
  })
})

describe('consistentHash', () => {
  it.each<[string, unknown]>([
    ['{ httpHeaderName: X-User }', { type: 'ring-hash', hash: [{ header: 'x-user' }] }],
    ['{ httpQueryParameterName: user }', { type: 'ring-hash', hash: [{ query: 'user' }] }],
    ['{ httpCookie: { name: c } }', { type: 'ring-hash', hash: [{ cookie: 'c' }] }],
    [
      '{ httpCookie: { name: c, ttl: 0s, path: /a } }',
      { type: 'ring-hash', hash: [{ cookie: 'c', ttl: 0, path: '/a' }] },
    ],
    [
      '{ httpCookie: { name: c, ttl: 1h, attributes: [{ name: SameSite, value: Lax }, { name: Secure }] } }',
      { type: 'ring-hash', hash: [{ cookie: 'c', ttl: 3_600_000, attributes: { SameSite: 'Lax', Secure: '' } }] },
    ],
    [
      '{ httpHeaderName: x, ringHash: { minimumRingSize: 64 } }',
      { type: 'ring-hash', hash: [{ header: 'x' }], minimumRingSize: 64 },
    ],
    ['{ httpHeaderName: x, minimumRingSize: 64 }', { type: 'ring-hash', hash: [{ header: 'x' }], minimumRingSize: 64 }],
    ['{ httpHeaderName: x, maglev: {} }', { type: 'maglev', hash: [{ header: 'x' }] }],
    ['{ httpHeaderName: x, maglev: { tableSize: 251 } }', { type: 'maglev', hash: [{ header: 'x' }], tableSize: 251 }],
  ])('%s is %j', async (text, native) => {
    expect((await policy(`    loadBalancer: { consistentHash: ${text} }\n`))?.loadBalancer).toEqual(native)
  })

  it.each([
    ['{}', 'warning missing-field'],
    ['{ useSourceIp: true }', 'warning unsupported-field'],
    ['{ httpHeaderName: a, useSourceIp: true }', 'error invalid-value'],
    ['{ httpCookie: { ttl: 1s } }', 'error missing-field'],
    ['{ httpCookie: { name: c, ttl: -1s } }', 'error invalid-value'],
    ['{ httpHeaderName: a, maglev: { tableSize: 250 } }', 'error invalid-value'],
    ['{ httpHeaderName: a, maglev: { tableSize: 5000011 } }', 'error invalid-value'],
    ['{ httpHeaderName: a, maglev: { tableSize: 251 }, ringHash: {} }', 'error invalid-value'],
    ['{ httpHeaderName: a, maglev: { tableSize: 251 }, minimumRingSize: 7 }', 'error invalid-value'],
    ['{ httpHeaderNam: a }', 'error unknown-field'],
  ])('%s gives a line', async (text, expected) => {
    const lines = await problems(`    loadBalancer: { consistentHash: ${text} }\n`)
    expect(lines).toContainEqual(expect.stringMatching(new RegExp(`^m\\.yaml:8:\\d+ ${expected}`)))
  })

  it('by the address of a client is honoured for those of a gateway', async () => {
    const config = await loadText(destinationRule('    loadBalancer: { consistentHash: { useSourceIp: true } }\n'), {
      endpoints: ten,
    })
    expect(config.services?.reviews?.loadBalancer).toEqual({ type: 'ring-hash', hash: [{ sourceIp: true }] })
  })

  it('needs the size of a maglev table under strict, as in Istio', async () => {
    const text = '    loadBalancer: { consistentHash: { httpHeaderName: a, maglev: {} } }\n'
    expect(await problems(text, { strict: true })).toEqual([
      'm.yaml:8:66 error missing-field spec.trafficPolicy.loadBalancer.consistentHash.maglev.tableSize',
    ])
  })

  it('excludes simple', async () => {
    const lines = await problems('    loadBalancer: { simple: RANDOM, consistentHash: { httpHeaderName: a } }\n')
    expect(lines).toEqual(['m.yaml:8:21 error invalid-value spec.trafficPolicy.loadBalancer.simple'])
  })
})

describe('warmup', () => {
  it.each<[string, unknown]>([
    ['warmup: { duration: 30s }', { slowStart: { window: 30_000 } }],
    ['simple: ROUND_ROBIN, warmupDurationSecs: 5s', { type: 'round-robin', slowStart: { window: 5_000 } }],
    [
      'warmup: { duration: 30s, minimumPercent: 5, aggression: 2 }',
      { slowStart: { window: 30_000, minimumPercent: 5, aggression: 2 } },
    ],
  ])('%s is %j', async (text, native) => {
    expect((await policy(`    loadBalancer: { ${text} }\n`))?.loadBalancer).toEqual(native)
  })

  it.each([
    ['warmup: { minimumPercent: 5 }', 'error missing-field'],
    ['warmup: { duration: 1s, minimumPercent: 150 }', 'error invalid-value'],
    ['warmup: { duration: 1s, aggression: 0.3 }', 'error invalid-value'],
    ['warmupDurationSecs: 0s', 'error invalid-value'],
    ['warmup: { duration: 1.0000005s }', 'error invalid-value'],
    ['warmup: { duration: 1s }, warmupDurationSecs: 5s', 'warning shadowed'],
    ['simple: RANDOM, warmup: { duration: 1s }', 'warning shadowed'],
    ['consistentHash: { httpHeaderName: a }, warmupDurationSecs: 1s', 'warning shadowed'],
  ])('%s gives a line', async (text, expected) => {
    const lines = await problems(`    loadBalancer: { ${text} }\n`)
    expect(lines).toEqual([expect.stringMatching(new RegExp(`^m\\.yaml:8:\\d+ ${expected}`))])
  })
})

describe('localityLbSetting', () => {
  const ejecting = '    outlierDetection: { maxEjectionPercent: 10 }\n'

  it.each<[string, unknown]>([
    ['{}', { locality: {} }],
    ['{ enabled: true }', { locality: {} }],
    ['{ failover: [{ from: eu, to: us }] }', { locality: { failover: [{ from: 'eu', to: 'us' }] } }],
    ['{ failoverPriority: [a, b=c] }', { locality: { failoverPriority: ['a', 'b=c'] } }],
    [
      '{ failover: [{ from: eu, to: us }], failoverPriority: [a] }',
      { locality: { failover: [{ from: 'eu', to: 'us' }], failoverPriority: ['a'] } },
    ],
    ['{ enabled: false }', undefined],
  ])('%s with outlierDetection is %j', async (text, native) => {
    expect((await policy(`    loadBalancer: { localityLbSetting: ${text} }\n${ejecting}`))?.loadBalancer).toEqual(
      native,
    )
  })

  it('is on without a word once endpoints can be ejected, and off while none can', async () => {
    expect((await policy(ejecting))?.loadBalancer).toEqual({ locality: {} })
    expect((await policy(`    loadBalancer: { simple: RANDOM }\n${ejecting}`))?.loadBalancer).toEqual({
      type: 'random',
      locality: {},
    })
    expect((await policy('    loadBalancer: { simple: RANDOM, localityLbSetting: {} }\n'))?.loadBalancer).toBe('random')
  })

  it('distributes with and without outlierDetection', async () => {
    const setting = "{ distribute: [{ from: eu/1/*, to: { eu/1/a: 80, 'us/*': 20 } }] }"
    const distribute = [{ from: 'eu/1/*', to: { 'eu/1/a': 80, 'us/*': 20 } }]
    for (const more of ['', ejecting])
      expect((await policy(`    loadBalancer: { localityLbSetting: ${setting} }\n${more}`))?.loadBalancer).toEqual({
        locality: { distribute },
      })
  })

  it.each([
    ['{ distribute: [{ from: a, to: { b: 100 } }], failover: [{ from: a, to: b }] }', 'error invalid-value'],
    ['{ distribute: [{ from: a, to: { b: 100 } }], failoverPriority: [a] }', 'error invalid-value'],
    ['{ distribute: [{ from: a, to: { b: 60, c: 30 } }] }', 'error invalid-value'],
    ['{ distribute: [{ from: a, to: { b: 100, c: 0 } }] }', 'error invalid-value'],
    ['{ distribute: [{ from: a//c, to: { b: 100 } }] }', 'error invalid-value'],
    ["{ distribute: [{ from: 'a/*/c', to: { b: 100 } }] }", 'error invalid-value'],
    ['{ distribute: [{ from: a, to: { b: 50, b/c: 50 } }] }', 'error invalid-value'],
    ["{ distribute: [{ from: '*', to: { b: 100 } }, { from: a, to: { b: 100 } }] }", 'error invalid-value'],
    ['{ failover: [{ from: a, to: a }] }', 'error invalid-value'],
    ['{ failover: [{ from: a/b, to: c }] }', 'error invalid-value'],
    ['{ failover: [{ from: a, to: "*" }] }', 'error invalid-value'],
    ['{ failover: [{ from: a, to: b }], failoverPriority: [topology.kubernetes.io/zone] }', 'error invalid-value'],
    ['{ failovers: [] }', 'error unknown-field'],
  ])('%s is refused', async (text, expected) => {
    const lines = await problems(`    loadBalancer: { localityLbSetting: ${text} }\n${ejecting}`)
    expect(lines[0]).toMatch(new RegExp(`^m\\.yaml:8:\\d+ ${expected}`))
  })

  it('that fails over needs something that ejects', async () => {
    expect(await problems('    loadBalancer: { localityLbSetting: { failoverPriority: [a] } }\n')).toEqual([
      'm.yaml:8:5 warning shadowed spec.trafficPolicy.loadBalancer',
    ])
  })
})

it('a misspelt algorithm gives a line', async () => {
  expect(await problems('    loadBalancer: { simple: ROUND_ROBBIN }\n')).toEqual([
    'm.yaml:8:21 error invalid-value spec.trafficPolicy.loadBalancer.simple',
  ])
})
