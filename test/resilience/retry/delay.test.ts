import { describe, expect, it } from 'vitest'
import { Cancellation } from '../../../src/core/cancellation.js'
import type { Clock } from '../../../src/core/clock.js'
import { delay } from '../../../src/resilience/retry/delay.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'
import { callTo, stateOf } from '../upstream.js'

describe('a delay', () => {
  it('lasts as long as it should, and leaves nothing behind', async () => {
    const clock = fakeClock()
    const call = callTo()
    const waiting = delay(call, 100, clock)
    expect(call.phase).toBe('backoff')
    await clock.advance(99)
    expect(await stateOf(waiting)).toBe('pending')
    await clock.advance(1)
    expect(await stateOf(waiting)).toBe('fulfilled')
    expect(call.phase).toBeUndefined()
  })

  it('does not begin for a call that is cancelled', async () => {
    const clock = fakeClock()
    const call = callTo()
    call.cancel('gone')
    await expect(delay(call, 100, clock)).rejects.toBe('gone')
    expect(clock.pending).toBe(0)
  })

  it('keeps the process alive, since a caller waits and no socket is open', async () => {
    const clock = fakeClock()
    let held = 0
    const setTimer: Clock['setTimer'] = (fn, ms) => ({ ...clock.setTimer(fn, ms), ref: () => held++ })
    const waiting = delay(callTo(), 100, { ...clock, setTimer })
    expect(held).toBe(1)
    await clock.advance(100)
    await waiting
  })

  it('is broken off by the end of what retries', async () => {
    const clock = fakeClock()
    const ending = new Cancellation()
    const call = callTo()
    const waiting = delay(call, 100, clock, ending)
    ending.cancel('closed')
    await expect(waiting).rejects.toBe('closed')
    expect([call.phase, clock.pending]).toEqual([undefined, 0])
  })

  it('leaves nothing behind in what retries, for a call that was cancelled before', async () => {
    const ending = new Cancellation()
    const call = callTo()
    call.cancel('gone')
    await expect(delay(call, 100, fakeClock(), ending)).rejects.toBe('gone')
    expect(ending.phase).toBeUndefined()
  })
})
