import { describe, expect, it } from 'vitest'
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
})
