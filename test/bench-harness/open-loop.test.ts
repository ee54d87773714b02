import { describe, expect, it } from 'vitest'
import { runOpenLoop } from '../bench/harness/open-loop.js'

describe('an open loop', () => {
  it('sends as many calls as the schedule has, each once', async () => {
    let sent = 0
    async function count(): Promise<boolean> {
      sent += 1
      return true
    }
    const { calls, failed } = await runOpenLoop(count, { perSecond: 1_000, durationMs: 50 })
    expect({ sent, calls, failed }).toEqual({ sent: 50, calls: 50, failed: 0 })
  })

  it('does not wait for earlier calls before it sends the next', async () => {
    let sent = 0
    const ends: (() => void)[] = []
    function endTogether(): Promise<boolean> {
      sent += 1
      if (sent === 10) for (const end of ends) end()
      return sent >= 10 ? Promise.resolve(true) : new Promise((resolve) => ends.push(() => resolve(true)))
    }
    expect(await runOpenLoop(endTogether, { perSecond: 1_000, durationMs: 10 })).toMatchObject({ calls: 10, failed: 0 })
  })

  it('counts wrong replies and errors as failed, and tells the first', async () => {
    let sent = 0
    async function fail(): Promise<boolean> {
      sent += 1
      if (sent % 2 === 0) throw new Error('reset')
      return false
    }
    expect(await runOpenLoop(fail, { perSecond: 1_000, durationMs: 10 })).toMatchObject({
      calls: 0,
      failed: 10,
      firstFailure: 'wrong status or body',
    })
  })

  it('gives up on what fails all the time', async () => {
    const { failed } = await runOpenLoop(async () => false, { perSecond: 100_000, durationMs: 60_000 })
    expect(failed).toBeGreaterThanOrEqual(100)
  })
})
