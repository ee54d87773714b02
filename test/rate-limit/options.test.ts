import { describe, expect, it } from 'vitest'
import { problemsOf } from '../../src/core/schema/index.js'
import { isIdentityLimit, rateLimitOptions } from '../../src/rate-limit/options.js'

const problems = (value: unknown): string[] =>
  problemsOf(rateLimitOptions, value).map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))

describe('the options of a rate limit', () => {
  it.each([
    { limit: 100, per: '1m' },
    { limit: 1, per: 1000, by: 'principal', window: 'first-hit' },
    { limit: 5, per: '720h', by: { header: 'x-tenant' } },
    { limits: { second: 5, minute: 100, year: 100 }, by: 'consumer', headers: 'kong' },
    { limit: 1, per: '1h', store: 'redis', failureMode: 'closed', headers: false, by: { path: '/login' } },
  ])('accepts %j', (value) => {
    expect(problems(value)).toEqual([])
  })

  it.each([
    [{}, 'needs limit and per, or limits'],
    [{ limit: 5 }, 'needs limit and per, or limits'],
    [{ limit: 5, per: '1m', limits: { minute: 5 } }, 'limits: stands in place of limit and per'],
    [{ limits: {} }, 'limits: needs one of second, minute, hour, day, month, year'],
    [
      { limits: { second: 10, minute: 5 } },
      'limits.minute: The limit for minute(5) cannot be lower than the limit for second(10)',
    ],
    [{ limits: { minute: 5 }, window: 'first-hit' }, 'window: must be "calendar" with limits'],
    [{ limit: 5, per: '1m', by: { header: 'a', path: '/b' } }, 'by: needs either header or path'],
    [{ limit: 5, per: '1m', by: {} }, 'by: needs either header or path'],
  ])('refuses %j: %s', (value, problem) => {
    expect(problems(value)).toEqual([problem])
  })

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1.5, '5'])('refuses a limit of %s', (limit) => {
    expect(new Set(problems({ limit, per: '1m' }))).toEqual(new Set(['limit: must be an integer, at least 1']))
  })

  it.each([0, -1, '0s', '500ms', '1500ms', Number.POSITIVE_INFINITY, Number.NaN, '1 minute', '100000h'])(
    'refuses a window of %s',
    (per) => {
      expect(problems({ limit: 1, per })).toEqual(['per: must be a duration of whole seconds, "1s" to ten years'])
    },
  )

  it('refuses a store that is no Redis client', () => {
    expect(problems({ limit: 1, per: '1m', store: { get() {} } })).toHaveLength(1)
  })

  it('sorts limits by whether they need an identity', () => {
    const by = (key: 'ip' | 'principal' | 'consumer' | 'credential' | 'path' | 'all') =>
      isIdentityLimit({ limit: 1, per: '1m', by: key })
    expect(['principal', 'consumer', 'credential'].map((key) => by(key as 'principal'))).toEqual([true, true, true])
    expect([by('ip'), by('path'), by('all'), isIdentityLimit({ limit: 1, per: '1m' })]).toEqual([
      false,
      false,
      false,
      false,
    ])
  })
})
