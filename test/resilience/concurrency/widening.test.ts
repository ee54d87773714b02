import { expect, it } from 'vitest'
import { deadlineWheel } from '../../../src/core/deadline.js'
import type { AdaptiveLimit } from '../../../src/resilience/concurrency/adaptive-limit.js'
import { Widening } from '../../../src/resilience/concurrency/widening.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'

function given() {
  const clock = fakeClock()
  const startMs = clock.now()
  const woken: number[] = []
  let widensAtMs: number | undefined
  const limit: AdaptiveLimit = {
    current: 1,
    observe() {},
    get widensAtMs() {
      return widensAtMs
    },
  }
  const widening = new Widening(deadlineWheel(clock), limit, () => woken.push(clock.now() - startMs))
  /** Somebody waits while the limit is to widen in so many ms. */
  function waits(inMs: number | undefined): void {
    widensAtMs = inMs === undefined ? undefined : clock.now() + inMs
    widening.await()
  }
  return { clock, woken, widening, waits }
}

it('wakes those who wait once, when the limit may widen', async () => {
  const { clock, woken, waits } = given()
  waits(undefined)
  for (let i = 0; i < 3; i++) waits(1_000)
  await clock.advance(999)
  expect(woken).toEqual([])
  await clock.advance(100)
  expect(woken).toHaveLength(1)
})

it('wakes them sooner when that time has come nearer', async () => {
  const { clock, woken, waits } = given()
  waits(10_000)
  waits(1_000)
  await clock.advance(1_100)
  expect(woken).toHaveLength(1)
  await clock.advance(20_000)
  expect(woken).toHaveLength(1)
  expect(clock.pending).toBe(0)
})

it('wakes nobody who waits no more', async () => {
  const { clock, woken, widening, waits } = given()
  waits(1_000)
  widening.rest()
  await clock.advance(2_000)
  expect(woken).toEqual([])
})
