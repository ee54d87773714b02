import { describe, expect, it } from 'vitest'
import { InFlight } from '../../src/core/in-flight.js'

describe('what is under way', () => {
  it('is waited for until the last has ended', async () => {
    const calls = new InFlight()
    calls.enter()
    calls.enter()
    let idle = false
    const waiting = calls.idle().then(() => {
      idle = true
    })
    calls.release()
    await Promise.resolve()
    expect([calls.count, calls.isIdle, idle]).toEqual([1, false, false])
    calls.release()
    await waiting
    expect([calls.count, calls.isIdle, idle]).toEqual([0, true, true])
  })

  it('is not waited for when there is none, nor once it is broken off', async () => {
    const calls = new InFlight()
    await calls.idle()
    calls.enter()
    const waiting = calls.idle()
    calls.abandon()
    await waiting
    await calls.idle()
    expect([calls.count, calls.isIdle]).toEqual([1, true])
  })
})
