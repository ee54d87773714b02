import { describe, expect, it } from 'vitest'
import { directReply } from '../../../src/core/reply.js'
import { retryAfterMs } from '../../../src/resilience/retry/retry-after.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'

const clock = fakeClock({ wallMs: Date.UTC(2026, 10, 23, 12, 0, 0) })

describe('retry-after', () => {
  it.each([
    ['seconds', '2', 2_000],
    ['very many seconds', '1000000000', 1e12],
    ['an HTTP date', 'Mon, 23 Nov 2026 12:00:30 GMT', 30_000],
    ['a date that has passed', 'Mon, 23 Nov 2026 11:59:59 GMT', undefined],
    ['no wait', '0', undefined],
    ['a negative number', '-5', undefined],
    ['a fraction', '1.5', undefined],
    ['another date format', '2026-11-23T12:00:30Z', undefined],
    ['garbage', 'soon', undefined],
    ['garbage that begins like a date', 'Monday maybe', undefined],
    ['nothing', '', undefined],
  ])('%s', (_, value, ms) => {
    expect(retryAfterMs(directReply(503, { 'retry-after': value }), clock)).toBe(ms)
  })

  it.each([
    [429, 1_000],
    [503, 1_000],
    [500, undefined],
    [301, undefined],
  ])('counts on a %i: %s', (status, ms) => {
    expect(retryAfterMs(directReply(status, { 'retry-after': '1' }), clock)).toBe(ms)
  })

  it('is undefined without the header', () => {
    expect(retryAfterMs(directReply(503), clock)).toBeUndefined()
  })
})
