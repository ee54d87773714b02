import { describe, expect, it } from 'vitest'
import { HeaderMap } from '../../src/core/headers.js'
import { announceHop, type HopAnnouncement, isRepeated, saysRetriesSpent, waitingMs } from '../../src/core/hop.js'

const nothing: HopAnnouncement = { leftMs: Number.POSITIVE_INFINITY, perTryMs: 0, attempt: 0, repeated: false }

function announced(what: Partial<HopAnnouncement>, headers: Record<string, string> = {}): Record<string, string> {
  const map = HeaderMap.from(headers)
  announceHop(map, { ...nothing, ...what })
  return Object.fromEntries(map)
}

describe('how long a caller waits', () => {
  it.each([
    ['x-mesh-timeout-ms', '1500', 1_500],
    ['x-mesh-timeout-ms', '0', 0],
    ['x-envoy-expected-rq-timeout-ms', '250', 250],
    ['grpc-timeout', '2S', 2_000],
    ['grpc-timeout', '1H', 3_600_000],
    ['grpc-timeout', '3M', 180_000],
    ['grpc-timeout', '99999999m', 99_999_999],
    ['grpc-timeout', '500u', 0.5],
    ['grpc-timeout', '1000000n', 1],
    ['grpc-timeout', '123456789m', Number.POSITIVE_INFINITY],
    ['grpc-timeout', '5s', Number.POSITIVE_INFINITY],
    ['x-mesh-timeout-ms', '-1', Number.POSITIVE_INFINITY],
    ['x-mesh-timeout-ms', '1e3', Number.POSITIVE_INFINITY],
    ['x-mesh-timeout-ms', '99999999999', Number.POSITIVE_INFINITY],
    ['x-mesh-timeout-ms', '', Number.POSITIVE_INFINITY],
  ])('%s: %s is %d ms', (name, value, ms) => {
    expect(waitingMs(HeaderMap.from({ [name]: value }))).toBeCloseTo(ms, 9)
  })

  it('is the shortest that is said', () => {
    const headers = { 'x-mesh-timeout-ms': '900', 'x-envoy-expected-rq-timeout-ms': '300', 'grpc-timeout': '1S' }
    expect(waitingMs(HeaderMap.from(headers))).toBe(300)
    expect(waitingMs(new HeaderMap())).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('what an attempt tells its callee', () => {
  it('is nothing for a first attempt without a deadline', () => {
    expect(announced({})).toEqual({})
  })

  it('is how long the call may take, and how long the attempt', () => {
    expect(announced({ leftMs: 1_500.9 })).toEqual({
      'x-mesh-timeout-ms': '1500',
      'x-envoy-expected-rq-timeout-ms': '1500',
    })
    expect(announced({ leftMs: 1_500, perTryMs: 300 })).toEqual({
      'x-mesh-timeout-ms': '1500',
      'x-envoy-expected-rq-timeout-ms': '300',
    })
    expect(announced({ perTryMs: 300 })).toEqual({ 'x-envoy-expected-rq-timeout-ms': '300' })
  })

  it('is never that there is no time', () => {
    expect(announced({ leftMs: 0.2 })).toMatchObject({ 'x-mesh-timeout-ms': '1' })
  })

  it('shortens a gRPC timeout, and lengthens none', () => {
    const type = { 'content-type': 'application/grpc+proto' }
    expect(announced({ leftMs: 1_500 }, type)['grpc-timeout']).toBe('1500m')
    expect(announced({ leftMs: 1_500 }, { ...type, 'grpc-timeout': '9S' })['grpc-timeout']).toBe('1500m')
    expect(announced({ leftMs: 1_500 }, { ...type, 'grpc-timeout': '1S' })['grpc-timeout']).toBe('1000m')
    expect(announced({ leftMs: 200_000_000 }, type)['grpc-timeout']).toBe('200000S')
    expect(announced({ leftMs: 1_500 }, { 'content-type': 'application/json' })).not.toHaveProperty('grpc-timeout')
  })

  it('is which retry it is, also where the retry is one further up', () => {
    expect(announced({ attempt: 2 })).toEqual({ 'x-mesh-retry': '2' })
    expect(announced({ repeated: true })).toEqual({ 'x-mesh-retry': '1' })
    expect(isRepeated(HeaderMap.from({ 'X-Mesh-Retry': '1' }))).toBe(true)
    expect(isRepeated(new HeaderMap())).toBe(false)
  })

  it.each([
    ['500u', '1m'],
    ['1n', '1m'],
    ['1500u', '1m'],
    ['20m', '20m'],
    ['99999999H', '5000m'],
  ])("is a whole number in gRPC's own form, where the caller's is %s", (value, told) => {
    const headers = { 'content-type': 'application/grpc', 'grpc-timeout': value }
    expect(announced({ leftMs: 5_000 }, headers)).toMatchObject({ 'grpc-timeout': told })
  })
})

it('a reply says that the retries are spent', () => {
  expect(saysRetriesSpent(HeaderMap.from({ 'x-mesh-retries': 'spent' }))).toBe(true)
  expect(saysRetriesSpent(new HeaderMap())).toBe(false)
})
