import { describe, expect, it } from 'vitest'
import { directReply } from '../../../src/core/reply.js'
import { resetDelay } from '../../../src/resilience/retry/reset-headers.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'

const clock = fakeClock({ wallMs: 1_000_000_000 })

function waits(headers: Record<string, string>, random = 0): number | undefined {
  const resetHeaders = [{ name: 'X-Reset-After' }, { name: 'x-reset-at', format: 'unix-timestamp' }] as const
  return resetDelay({ resetHeaders, max: '100s' })(directReply(429, headers), clock, () => random)
}

describe('the wait that a reply asks for in a reset header', () => {
  it.each<[string, Record<string, string>, number | undefined]>([
    ['seconds', { 'x-reset-after': '3' }, 3_000],
    ['a point in time', { 'x-reset-at': '1000005' }, 5_000],
    ['the first of two', { 'x-reset-at': '1000005', 'x-reset-after': '3' }, 3_000],
    ['the second, where the first is garbage', { 'x-reset-at': '1000005', 'x-reset-after': 'soon' }, 5_000],
    ['nothing, without one', {}, undefined],
    ['nothing, for no wait', { 'x-reset-after': '0' }, undefined],
    ['nothing, for the past', { 'x-reset-at': '999999' }, undefined],
    ['nothing, above the maximum', { 'x-reset-after': '101' }, undefined],
    ['nothing, below zero', { 'x-reset-after': '-3' }, undefined],
  ])('is %s', (_, headers, ms) => {
    expect(waits(headers)).toBe(ms)
  })

  it('is up to half as long again', () => {
    expect(waits({ 'x-reset-after': '3' }, 0.999_999)).toBe(4_499)
  })
})
