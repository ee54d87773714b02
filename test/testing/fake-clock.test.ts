import { expect, it } from 'vitest'
import { fakeClock } from '../../src/testing/index.js'

it('timers run in order of time, then of making, and only when the clock is moved', async () => {
  const clock = fakeClock()
  const ran: string[] = []
  clock.setTimer(() => ran.push('b'), 20)
  clock.setTimer(() => ran.push('a'), 10)
  clock.setTimer(() => ran.push('c'), 20)
  expect(ran).toEqual([])
  await clock.advance(19)
  expect(ran).toEqual(['a'])
  await clock.advance(1)
  expect(ran).toEqual(['a', 'b', 'c'])
})

it('a timer set by a timer runs in the same advance when it is due in it, at its own time', async () => {
  const clock = fakeClock()
  const start = clock.now()
  const at: number[] = []
  clock.setTimer(() => {
    clock.setTimer(() => at.push(clock.now() - start), 5)
  }, 10)
  await clock.advance(100)
  expect(at).toEqual([15])
  expect(clock.now() - start).toBe(100)
})

it('promises settle between timers', async () => {
  const clock = fakeClock()
  const seen: string[] = []
  clock.setTimer(() => {
    Promise.resolve()
      .then(() => {})
      .then(() => seen.push('settled'))
  }, 1)
  clock.setTimer(() => seen.push('next timer'), 2)
  await clock.advance(2)
  expect(seen).toEqual(['settled', 'next timer'])
})

it('a cancelled timer never runs and does not wait', async () => {
  const clock = fakeClock()
  const timer = clock.setTimer(() => expect.unreachable(), 1)
  expect(clock.pending).toBe(1)
  timer.cancel()
  expect(clock.pending).toBe(0)
  await clock.advance(10)
})

it('the wall clock moves along, and can jump alone', async () => {
  const clock = fakeClock({ wallMs: 5_000 })
  const start = clock.now()
  await clock.advance(10)
  expect(clock.wallNow()).toBe(5_010)
  clock.jumpWall(-1_000)
  expect(clock.wallNow()).toBe(4_010)
  expect(clock.now() - start).toBe(10)
})
