import { expect, it } from 'vitest'
import { healthCheckOptions, healthCheckSettings } from '../../../src/cluster/health-check/options.js'
import { problemsOf } from '../../../src/core/schema/index.js'

it.each([
  [{ path: '/' }],
  [{ path: '/health?deep=1', interval: '5s', unhealthyInterval: '1s', timeout: '500ms' }],
  [{ path: '/', expectedStatuses: [200, { from: 300, to: 399 }], host: 'probe.test', headers: { 'x-probe': '1' } }],
])('%j is accepted', (options) => {
  expect(problemsOf(healthCheckOptions, options)).toEqual([])
})

it.each([
  [{}, 'path'],
  [{ path: 'health' }, 'path'],
  [{ path: '/a b' }, 'path'],
  [{ path: '/', interval: 0 }, 'interval'],
  [{ path: '/', unhealthyThreshold: 0 }, 'unhealthyThreshold'],
  [{ path: '/', expectedStatuses: [] }, 'expectedStatuses'],
  [{ path: '/', expectedStatuses: [{ from: 300, to: 200 }] }, 'expectedStatuses[0].to'],
  [{ path: '/', expectedStatuses: [99] }, 'expectedStatuses[0]'],
  [{ path: '/', host: 'a\nb' }, 'host'],
  [{ path: '/', headers: { 'a b': '1' } }, 'headers["a b"]'],
  [{ path: '/', headers: { a: '1\r\nb: 2' } }, 'headers.a'],
])('%j is refused at %s', (options, path) => {
  expect(problemsOf(healthCheckOptions, options).map((problem) => problem.path)).toContain(path)
})

it("has Envoy's defaults where it has some", () => {
  expect(healthCheckSettings({ path: '/' })).toMatchObject({
    intervalMs: 10_000,
    unhealthyIntervalMs: 10_000,
    timeoutMs: 1_000,
    unhealthyThreshold: 3,
    healthyThreshold: 1,
  })
})
