import { describe, expect, it } from 'vitest'
import { MeshError } from '../../src/core/errors.js'
import type { Interceptor } from '../../src/core/interceptor.js'
import { Observer } from '../../src/core/observer.js'
import type { ServerCall } from '../../src/core/server-call.js'
import { rateLimit } from '../../src/rate-limit/interceptor.js'
import type { RateLimitOptions } from '../../src/rate-limit/options.js'
import { fakeClock } from '../../src/testing/fake-clock.js'
import { application, inboundCall } from './server-call.js'

const noon = Date.UTC(2026, 0, 31, 12, 0, 0)

interface Outcome {
  readonly status: number
  readonly headers: Record<string, string>
  readonly error: MeshError | undefined
}

async function run(limit: Interceptor<ServerCall>, call: ServerCall = inboundCall()): Promise<Outcome> {
  try {
    const reply = await limit(call, application)
    return { status: reply.status, headers: Object.fromEntries(call.replyHeaders), error: undefined }
  } catch (error) {
    if (!(error instanceof MeshError)) throw error
    return { status: error.status, headers: { ...error.headers }, error }
  }
}

function setup(options: RateLimitOptions, wallMs = noon) {
  const clock = fakeClock({ wallMs })
  const limit = rateLimit(options, { clock })
  return { clock, call: (init?: Parameters<typeof inboundCall>[0]) => run(limit, inboundCall(init)) }
}

describe('rateLimit', () => {
  it('admits six of seven calls a minute and counts down to zero (Kong table)', async () => {
    const { call } = setup({ limits: { minute: 6 }, headers: 'kong' })
    const outcomes: Outcome[] = []
    for (let i = 0; i < 7; i++) outcomes.push(await call())
    expect(outcomes.map((one) => one.status)).toEqual([200, 200, 200, 200, 200, 200, 429])
    const remaining = (name: string) => outcomes.map((one) => one.headers[name])
    expect(remaining('X-RateLimit-Remaining-Minute')).toEqual(['5', '4', '3', '2', '1', '0', '0'])
    expect(remaining('RateLimit-Remaining')).toEqual(['5', '4', '3', '2', '1', '0', '0'])
  })

  it('refuses with a MeshError that says how long to wait', async () => {
    const { clock, call } = setup({ name: 'per-client', limit: 1, per: '1m' })
    await clock.advance(12_300)
    await call()
    const { error } = await call()
    expect(error).toMatchObject({
      code: 'ERR_MESH_RATE_LIMITED',
      status: 429,
      flag: 'RL',
      origin: 'local',
      retryAfterMs: 48_000,
      detail: 'request_rate_limited',
      body: undefined,
    })
    expect(error?.message).toContain('per-client')
  })

  it("answers with Kong's body, status and message in that dialect", async () => {
    const kong = setup({ limits: { minute: 1 }, headers: 'kong' })
    await kong.call()
    const { error, headers } = await kong.call()
    expect(error?.body).toBe('{"message":"API rate limit exceeded"}')
    expect(headers['content-type']).toBe('application/json; charset=utf-8')
    expect(headers).toMatchObject({
      'X-RateLimit-Limit-Minute': '1',
      'X-RateLimit-Remaining-Minute': '0',
      'RateLimit-Limit': '1',
      'RateLimit-Remaining': '0',
      'RateLimit-Reset': '60',
    })
    const own = setup({ limits: { minute: 1 }, headers: false, errorCode: 503, errorMessage: 'slow "down"' })
    await own.call()
    expect((await own.call()).error).toMatchObject({
      status: 503,
      body: '{"message":"slow \\"down\\""}',
      retryAfterMs: undefined,
    })
  })

  it.each<[RateLimitOptions, Record<string, string>]>([
    [
      { name: 'a"b', limit: 100, per: '1m' },
      { 'RateLimit-Policy': '"a\\"b";q=100;w=60', RateLimit: '"a\\"b";r=99;t=60' },
    ],
    [
      { name: 'n', limits: { second: 5, day: 50 } },
      {
        'RateLimit-Policy': '"n-second";q=5;w=1, "n-day";q=50;w=86400',
        RateLimit: '"n-second";r=4;t=1, "n-day";r=49;t=43200',
      },
    ],
    [
      { limit: 10, per: '1h', headers: 'x' },
      { 'X-RateLimit-Limit': '10', 'X-RateLimit-Remaining': '9', 'X-RateLimit-Reset': '3600' },
    ],
    [{ limit: 10, per: '1h', headers: false }, {}],
    [
      { limits: { second: 10, minute: 10 }, headers: 'kong' },
      {
        'X-RateLimit-Limit-Second': '10',
        'X-RateLimit-Remaining-Second': '9',
        'X-RateLimit-Limit-Minute': '10',
        'X-RateLimit-Remaining-Minute': '9',
        'RateLimit-Limit': '10',
        'RateLimit-Remaining': '9',
        'RateLimit-Reset': '60',
      },
    ],
  ])('declares headers before the application answers: %j', async (options, headers) => {
    const { call } = setup(options)
    expect((await call()).headers).toEqual(headers)
  })

  it('adds draft-8 entries of several policies up in one list', async () => {
    const clock = fakeClock({ wallMs: noon })
    const call = inboundCall()
    await rateLimit({ name: 'a', limit: 1, per: '1m' }, { clock })(call, application)
    await rateLimit({ name: 'b', limit: 2, per: '1m' }, { clock })(call, application)
    expect(call.replyHeaders.get('ratelimit')).toBe('"a";r=0;t=60, "b";r=1;t=60')
  })

  it.each<[string, RateLimitOptions, number, number]>([
    ['a second', { limits: { second: 1 } }, Date.UTC(2026, 0, 31, 12, 0, 0, 250), 750],
    ['a minute', { limits: { minute: 1 } }, Date.UTC(2026, 0, 31, 12, 0, 30), 30_000],
    ['an hour', { limit: 1, per: '1h' }, Date.UTC(2026, 0, 31, 12, 59, 0), 60_000],
    ['a day', { limits: { day: 1 } }, Date.UTC(2026, 0, 31, 23, 0, 0), 3_600_000],
    ['a month of 31 days', { limits: { month: 1 } }, Date.UTC(2026, 0, 1), 31 * 86_400_000],
    ['February', { limits: { month: 1 } }, Date.UTC(2026, 1, 1), 28 * 86_400_000],
    ['December', { limits: { month: 1 } }, Date.UTC(2026, 11, 31, 23, 59, 59), 1_000],
    ['a leap year', { limits: { year: 1 } }, Date.UTC(2028, 0, 1), 366 * 86_400_000],
  ])('begins a new calendar window with %s in UTC', async (_, options, wallMs, restMs) => {
    const { clock, call } = setup(options, wallMs)
    expect((await call()).status).toBe(200)
    await clock.advance(restMs - 1)
    expect((await call()).status).toBe(429)
    await clock.advance(1)
    expect((await call()).status).toBe(200)
  })

  it('counts a first-hit window from the first call on, whatever the wall clock does', async () => {
    const { clock, call } = setup({ limit: 2, per: '10s', window: 'first-hit' })
    await clock.advance(9_000)
    await call()
    clock.jumpWall(3_600_000)
    await clock.advance(9_999)
    expect((await call()).status).toBe(200)
    expect((await call()).status).toBe(429)
    await clock.advance(1)
    expect((await call()).status).toBe(200)
  })

  it('does not admit more when the wall clock is set back', async () => {
    const { clock, call } = setup({ limit: 1, per: '1m' })
    await call()
    clock.jumpWall(-3_600_000)
    expect((await call()).status).toBe(429)
  })

  it('locks nobody out for longer than a window when the wall clock is set back', async () => {
    const { clock, call } = setup({ limit: 1, per: '1m' })
    await call()
    clock.jumpWall(-3_600_000)
    expect((await call()).error?.retryAfterMs).toBe(60_000)
    await clock.advance(60_000)
    expect((await call()).status).toBe(200)
  })

  it.each<[RateLimitOptions, number]>([
    [{ limit: 2, per: '720h' }, 700 * 30 * 86_400_000],
    [{ limit: 2, per: '720h', window: 'first-hit' }, noon],
    [{ limits: { month: 2 } }, Date.UTC(2026, 0, 2)],
  ])('holds a window longer than any timer: two of twenty (%j)', async (options, wallMs) => {
    const { clock, call } = setup(options, wallMs)
    const statuses: number[] = []
    for (let i = 0; i < 20; i++) {
      statuses.push((await call()).status)
      await clock.advance(60_000)
    }
    await clock.advance(25 * 86_400_000)
    expect((await call()).status).toBe(429)
    expect(statuses.filter((status) => status === 200)).toHaveLength(2)
    expect(clock.pending).toBe(0)
  })

  it('admits at most twice the limit around the edge of a window', async () => {
    const { clock, call } = setup({ limit: 10, per: '1m' })
    await clock.advance(59_990)
    let admitted = 0
    for (let i = 0; i < 30; i++) if ((await call()).status === 200) admitted++
    await clock.advance(20)
    for (let i = 0; i < 30; i++) if ((await call()).status === 200) admitted++
    expect(admitted).toBe(20)
  })

  it('charges no window for a call that another window refuses', async () => {
    const { clock, call } = setup({ limits: { second: 1, minute: 3 }, headers: 'kong' })
    for (let i = 0; i < 5; i++) await call()
    await clock.advance(1_000)
    expect((await call()).headers['X-RateLimit-Remaining-Minute']).toBe('1')
  })

  it('keeps clients apart, and one IPv6 /64 together', async () => {
    const { call } = setup({ limit: 1, per: '1m' })
    expect((await call({ client: '::ffff:192.0.2.1' })).status).toBe(200)
    expect((await call({ client: '192.0.2.1' })).status).toBe(429)
    expect((await call({ client: '::ffff:192.0.2.2' })).status).toBe(200)
    expect((await call({ client: '2001:db8::1' })).status).toBe(200)
    expect((await call({ client: '2001:db8::2' })).status).toBe(429)
  })

  it('rejects, and does not throw, when a path-keyed call has an ambiguous path', async () => {
    const { call } = setup({ limit: 1, per: '1m', by: 'path' })
    expect((await call({ target: '/a%2Fb' })).error?.code).toBe('ERR_MESH_BAD_PATH')
  })

  it('reports every decision', async () => {
    const observer = new Observer()
    const seen: unknown[] = []
    observer.on('rate-limit', (event) => seen.push(event))
    const limit = rateLimit({ name: 'p', limit: 1, per: '1m' }, { observer, clock: fakeClock() })
    await run(limit)
    await run(limit)
    expect(seen).toEqual([
      { policy: 'p', decision: 'allowed', backend: 'memory' },
      { policy: 'p', decision: 'limited', backend: 'memory' },
    ])
  })

  it('refuses bad options with every problem', () => {
    expect(() => rateLimit({ limit: 0, per: '1ms' })).toThrowError(/rateLimit\.limit.*\n.*rateLimit\.per/)
  })
})
