import { expect, it } from 'vitest'
import { policy, problems } from './policy-text.js'

it('becomes limits and the time to connect', async () => {
  const text = `    connectionPool:
      tcp: { maxConnections: 10, connectTimeout: 250ms }
      http: { http1MaxPendingRequests: 5, http2MaxRequests: 20, maxRetries: 3, h2UpgradePolicy: DO_NOT_UPGRADE }\n`
  expect(await policy(text)).toMatchObject({
    limits: { maxConnections: 10, maxPendingRequests: 5, maxRequests: 20, maxRetries: 3 },
    connectTimeout: 250,
  })
})

it('becomes how long connections live', async () => {
  const text = `    connectionPool:
      tcp: { maxConnectionDuration: 5m, idleTimeout: 1m, tcpKeepalive: { time: 30s } }
      http: { idleTimeout: 10s, maxRequestsPerConnection: 100 }\n`
  expect((await policy(text))?.connections).toEqual({
    idleTimeout: 10_000,
    maxDuration: 300_000,
    maxRequestsPerConnection: 100,
    keepAlive: true,
    keepAliveTime: 30_000,
  })
})

it.each<[string, unknown]>([
  ['tcp: { idleTimeout: 1m }', { idleTimeout: 60_000 }],
  ['tcp: { idleTimeout: 0s }', { idleTimeout: 0 }],
  ['http: { maxRequestsPerConnection: 0 }', undefined],
  ['http: { maxRequestsPerConnection: 1 }', { maxRequestsPerConnection: 1 }],
])('%s makes connections %j', async (text, connections) => {
  expect((await policy(`    connectionPool: { ${text} }\n`))?.connections).toEqual(connections)
})

it('takes 0 and 2^32-1 for no limit', async () => {
  const text = '    connectionPool: { tcp: { maxConnections: 0 }, http: { http2MaxRequests: 4294967295 } }\n'
  expect((await policy(text))?.limits).toBeUndefined()
})

it('lets any number of calls wait for the connections, unless it says how many, as Istio does', async () => {
  expect((await policy('    connectionPool: { tcp: { maxConnections: 7 } }\n'))?.limits).toEqual({
    maxConnections: 7,
    maxPendingRequests: 4_294_967_295,
  })
})

it.each([
  ['tcp: { maxConnections: -1 }', 'error invalid-value'],
  ['tcp: { connectTimeout: 0s }', 'error invalid-value'],
  ['tcp: { connectTimeout: 2.000000005s }', 'error invalid-value'],
  ['tcp: { idleTimeout: 0.0005s }', 'error invalid-value'],
  ['tcp: { maxConections: 1 }', 'error unknown-field'],
  ['tcp: { maxConnectionDuration: 0s }', 'error invalid-value'],
  ['tcp: { tcpKeepalive: { probes: 3 } }', 'warning unsupported-field'],
  ['tcp: { tcpKeepalive: { interval: 3s } }', 'warning unsupported-field'],
  ['http: { idleTimeout: 0s }', 'error invalid-value'],
  ['http: { idleTimeout: 30.000000005s }', 'error invalid-value'],
  ['http: { maxRequestsPerConnection: 536870913 }', 'error invalid-value'],
  ['http: { h2UpgradePolicy: UPGRADE }', 'warning h2-upgrade'],
  ['http: { useClientProtocol: true }', 'warning unsupported-field'],
  ['http: { useClientProtocol: true, h2UpgradePolicy: UPGRADE }', 'error invalid-value'],
  ['http: { maxConcurrentStreams: 5 }', 'warning unsupported-field'],
  ['http: { http2KeepAlive: { interval: 15s } }', 'warning unsupported-field'],
])('%s gives a line', async (field, expected) => {
  const lines = await problems(`    connectionPool: { ${field} }\n`)
  expect(lines).toEqual([expect.stringMatching(new RegExp(`^m\\.yaml:8:\\d+ ${expected}`))])
})

it('of fields that are not followed is checked all the same', async () => {
  expect(await problems('    connectionPool: { http: { maxConcurrentStreams: -1 } }\n')).toContain(
    'm.yaml:8:31 error invalid-value spec.trafficPolicy.connectionPool.http.maxConcurrentStreams',
  )
})

it('must not be empty', async () => {
  expect(await problems('    connectionPool: {}\n')).toEqual([
    'm.yaml:8:5 error missing-field spec.trafficPolicy.connectionPool',
  ])
})
