import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/core/clock.js'

function holding(): number {
  return process.getActiveResourcesInfo().filter((what) => what === 'Timeout').length
}

describe('the system clock', () => {
  it('has timers that hold the process only when they are told to, and until they are cancelled', () => {
    const before = holding()
    const timer = systemClock.setTimer(() => {}, 60_000)
    expect(holding()).toBe(before)
    timer.ref?.()
    expect(holding()).toBe(before + 1)
    timer.cancel()
    expect(holding()).toBe(before)
  })
})
