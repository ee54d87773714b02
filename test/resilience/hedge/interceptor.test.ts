import { describe, expect, it } from 'vitest'
import { compose } from '../../../src/core/interceptor.js'
import { hedge } from '../../../src/resilience/hedge/index.js'
import { RetryBudget } from '../../../src/resilience/retry/index.js'
import { fakeClock, scriptedUpstream } from '../../../src/testing/index.js'
import { callTo } from '../upstream.js'

describe('hedge() without a mesh', () => {
  it('sends another attempt beside one that does not answer', async () => {
    const clock = fakeClock()
    const upstream = scriptedUpstream([{ hang: 'headers' }, { reply: 200 }], { clock })
    const reply = compose([hedge({ after: '80ms' }, { clock })], upstream)(callTo())
    await clock.advance(100)
    expect(await reply).toMatchObject({ status: 200 })
    expect(upstream.calls).toHaveLength(2)
  })

  it('draws from the budget that it is given', async () => {
    const clock = fakeClock()
    const upstream = scriptedUpstream([{ reply: 200, delayMs: 200 }], { clock })
    const budget = new RetryBudget({ ratio: 0, minPerSecond: 0 }, clock)
    const reply = compose([hedge({ after: '80ms' }, { clock, budget })], upstream)(callTo())
    await clock.advance(300)
    expect(await reply).toMatchObject({ status: 200 })
    expect(upstream.calls).toHaveLength(1)
  })

  it('refuses to go by a per-try timeout that it cannot know', () => {
    expect(() => hedge({ onPerTryTimeout: true })).toThrow('hedge.onPerTryTimeout: takes effect through a mesh')
    expect(() => hedge({ after: '80ms', onPerTryTimeout: false })).not.toThrow()
  })

  it('refuses what it does not know', () => {
    expect(() => hedge({ affter: '80ms' } as object)).toThrow('hedge.affter: is not a known option')
  })
})
