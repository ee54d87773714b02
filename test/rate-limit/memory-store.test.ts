import { describe, expect, it } from 'vitest'
import { RateLimiter, rateLimitIdentity } from '../../src/rate-limit/limiter.js'
import { MemoryStore } from '../../src/rate-limit/memory-store.js'
import { compileWindows } from '../../src/rate-limit/windows.js'
import { fakeClock } from '../../src/testing/fake-clock.js'
import { inboundCall } from './server-call.js'

const windows = compileWindows({ limit: 2, per: '1m' })

describe('counting in memory', () => {
  it('holds no more keys than it may, and tells how many had to go', () => {
    const store = new MemoryStore()
    const clock = fakeClock()
    for (let i = 0; i < 1_000; i++) store.consume(`k${i}`, windows, clock, 100, 'memory')
    expect(store.size).toBe(100)
    expect(store.evictions).toBe(900)
    expect(clock.pending).toBe(0)
  })

  it('does not set a client at its limit free to make room for new keys', () => {
    const store = new MemoryStore()
    const clock = fakeClock()
    for (let i = 0; i < 3; i++) store.consume('blocked', windows, clock, 100, 'memory')
    for (let i = 0; i < 10_000; i++) store.consume(`churn${i}`, windows, clock, 100, 'memory')
    expect(store.consume('blocked', windows, clock, 100, 'memory').allowed).toBe(false)
    expect(store.size).toBe(100)
  })

  it('stays bounded when every client is at its limit', () => {
    const store = new MemoryStore()
    const clock = fakeClock()
    for (let i = 0; i < 1_000; i++) for (let n = 0; n < 2; n++) store.consume(`k${i}`, windows, clock, 100, 'memory')
    expect(store.size).toBe(100)
  })

  it('lives on when the numbers of a policy change', async () => {
    const clock = fakeClock()
    const memory = new MemoryStore()
    const old = { name: 'p', limit: 5, per: '1m' } as const
    const fresh = { ...old, limit: 3 }
    expect(rateLimitIdentity(fresh)).toBe(rateLimitIdentity(old))
    const before = new RateLimiter(old, { clock, memory })
    for (let i = 0; i < 3; i++) await before.consume(inboundCall(), (decision) => decision)
    const after = new RateLimiter(fresh, { clock, memory })
    expect(await after.consume(inboundCall(), (decision) => decision)).toMatchObject({ allowed: false })
  })

  it.each([
    [{ name: 'q', limit: 5, per: '1m' }],
    [{ name: 'p', limit: 5, per: '2m' }],
    [{ name: 'p', limit: 5, per: '1m', by: 'all' }],
    [{ name: 'p', limit: 5, per: '1m', window: 'first-hit' }],
  ] as const)('begins anew under another identity: %j', (other) => {
    expect(rateLimitIdentity(other)).not.toBe(rateLimitIdentity({ name: 'p', limit: 5, per: '1m' }))
  })
})
