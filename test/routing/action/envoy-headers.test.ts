import { describe, expect, it } from 'vitest'
import { HeaderMap } from '../../../src/core/headers.js'
import { announceAttempt, stripSteering } from '../../../src/routing/action/envoy-headers.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'
import { call } from '../scaffold.js'

describe('Envoy’s headers', () => {
  it('that steer a proxy are taken off, the others stay', () => {
    const headers = HeaderMap.from([
      ['X-Envoy-Max-Retries', '9'],
      ['x-envoy-upstream-rq-timeout-ms', '1'],
      ['x-envoy-ip-tags', 'a'],
      ['x-envoy-retry-on', '5xx'],
      ['x-envoy-retry-on', 'reset'],
      ['x-envoy-internal', 'true'],
      ['x-envoy-decorator-operation', 'stays'],
      ['x-user', 'alice'],
    ])
    stripSteering(headers)
    expect([...headers]).toEqual([
      ['x-envoy-decorator-operation', 'stays'],
      ['x-user', 'alice'],
    ])
  })

  it.each<[number, number, number, Record<string, string>]>([
    [0, 0, Number.POSITIVE_INFINITY, { 'x-envoy-attempt-count': '1' }],
    [2, 0, Number.POSITIVE_INFINITY, { 'x-envoy-attempt-count': '3' }],
    [0, 200, Number.POSITIVE_INFINITY, { 'x-envoy-attempt-count': '1', 'x-envoy-expected-rq-timeout-ms': '200' }],
    [0, 200, 300, { 'x-envoy-attempt-count': '1', 'x-envoy-expected-rq-timeout-ms': '200' }],
    [1, 200, 100, { 'x-envoy-attempt-count': '2', 'x-envoy-expected-rq-timeout-ms': '100' }],
    [1, 0, -5, { 'x-envoy-attempt-count': '2', 'x-envoy-expected-rq-timeout-ms': '1' }],
  ])('tell of attempt %i, with %i ms for each and %i ms left', (attempt, perTryMs, leftMs, expected) => {
    const clock = fakeClock()
    const one = call()
    one.attempt = attempt
    one.deadline = clock.now() + leftMs
    announceAttempt(one, { perTryMs, clock })
    expect(Object.fromEntries(one.headers)).toEqual(expected)
  })
})
