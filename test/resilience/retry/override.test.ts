import { describe, expect, it } from 'vitest'
import { HeaderMap } from '../../../src/core/headers.js'
import { Observer } from '../../../src/core/observer.js'
import { envoyOverride, retryOverride } from '../../../src/resilience/retry/override.js'
import { retryStage } from '../../../src/resilience/retry/retry-stage.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'
import { answer, callTo, upstream } from '../upstream.js'

function given(headers: Record<string, string> = {}) {
  const peer = upstream(answer(503))
  const clock = fakeClock()
  const on = ['5xx'] as const
  const stage = retryStage({ attempts: 1, on }, { clock, random: () => 0, observer: new Observer() })
  const call = callTo('GET', { headers })
  async function attempts(): Promise<number> {
    const reply = stage(call, peer.handler)
    for (let i = 0; i < 10; i++) await clock.advance(100)
    expect(await reply).toMatchObject({ status: 503 })
    return peer.exchanges.length
  }
  return { call, attempts }
}

describe('a call that wants other retries than its service', () => {
  it.each([
    [{ attempts: 3 }, 4],
    [{ attempts: 0 }, 1],
    [false, 1],
    [{ on: [500] }, 1],
    [{}, 2],
  ] as const)('%j: %i attempts', async (override, attempts) => {
    const { call, ...given503 } = given()
    call.values.set(retryOverride, override)
    expect(await given503.attempts()).toBe(attempts)
  })
})

describe("Envoy's request headers on retries", () => {
  it('count on what a gateway forwards, from which those of strangers have been taken', async () => {
    const { call, attempts } = given({ 'x-envoy-max-retries': '3' })
    call.clientAddress = '10.0.0.9'
    expect(await attempts()).toBe(4)
  })

  it('count on no call of this process itself', async () => {
    expect(await given({ 'x-envoy-max-retries': '3' }).attempts()).toBe(2)
  })

  it.each<[string, Record<string, string>, unknown]>([
    ['the count', { 'x-envoy-max-retries': '7' }, { attempts: 7 }],
    ['more conditions', { 'x-envoy-retry-on': '5xx, nonsense' }, { attempts: undefined, on: [502, '5xx'] }],
    [
      'conditions of gRPC',
      { 'x-envoy-retry-grpc-on': 'unavailable' },
      { attempts: undefined, on: [502, 'unavailable'] },
    ],
    [
      'statuses',
      { 'x-envoy-retry-on': 'retriable-status-codes', 'x-envoy-retriable-status-codes': '418, x' },
      { attempts: undefined, on: [502, 'retriable-status-codes', 418] },
    ],
    ['no statuses without their condition', { 'x-envoy-retriable-status-codes': '418' }, undefined],
    ['nothing that cannot be read', { 'x-envoy-max-retries': '-1' }, undefined],
    ['nothing', {}, undefined],
  ])('say %s', (_, headers, override) => {
    expect(envoyOverride(HeaderMap.from(headers), { on: [502] })).toEqual(override)
  })

  it('add to what is retried where the route says nothing', () => {
    const headers = HeaderMap.from({ 'x-envoy-retry-on': 'retriable-4xx' })
    expect(envoyOverride(headers, {})?.on).toEqual(['connect-failure', 'refused-stream', 'reset', 'retriable-4xx'])
  })
})
