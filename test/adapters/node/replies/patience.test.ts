import { describe, expect, it } from 'vitest'
import { Patience } from '../../../../src/adapters/node/replies/patience.js'

/** Told of waits at one moment. */
function told(patience: Patience, nowMs: number, ...waits: number[]): void {
  for (const ms of waits) patience.waited(ms, nowMs)
}

const thousandOnTime: readonly number[] = Array.from({ length: 1_000 }, () => 0.5)

describe('the patience of replies', () => {
  it('lasts while they wait for each other', () => {
    const patience = new Patience()
    told(patience, 1_000, ...thousandOnTime)
    expect(patience.lasts(1_000)).toBe(true)
  })

  it('lasts over a pause of the collector', () => {
    const patience = new Patience()
    told(patience, 1_000, ...thousandOnTime, 14, 0.5, 0.5, 5)
    expect(patience.lasts(1_000)).toBe(true)
  })

  it('ends for 100 ms with one long wait among short ones', () => {
    const patience = new Patience()
    told(patience, 1_000, ...thousandOnTime, 17)
    expect(patience.lasts(1_099)).toBe(false)
    expect(patience.lasts(1_100)).toBe(true)
  })

  it('ends with waits of 3 ms one after another', () => {
    const patience = new Patience()
    told(patience, 1_000, ...Array.from({ length: 12 }, () => 3))
    expect(patience.lasts(1_000)).toBe(true)
    told(patience, 1_000, 3, 3, 3, 3, 3)
    expect(patience.lasts(1_000)).toBe(false)
  })

  it('forgets what it has waited when it ends: the first wait after that does not end it again', () => {
    const patience = new Patience()
    told(patience, 1_000, ...Array.from({ length: 20 }, () => 3))
    expect(patience.lasts(1_000)).toBe(false)
    told(patience, 1_100, 3)
    expect(patience.lasts(1_100)).toBe(true)
  })

  it('ends for twice as long each time that it happens again soon, up to 51.2 s', () => {
    const patience = new Patience()
    const pauses: number[] = []
    for (let nowMs = 0, i = 0; i < 12; i++) {
      told(patience, nowMs, 21)
      const startedMs = nowMs
      while (!patience.lasts(nowMs)) nowMs += 100
      pauses.push(nowMs - startedMs)
      nowMs += 200
    }
    expect(pauses).toEqual([100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 51_200, 51_200, 51_200])
  })

  it('ends for 100 ms again when two seconds have passed, or as long as the pause was', () => {
    const patience = new Patience()
    told(patience, 0, 21)
    told(patience, 2_099, 21)
    expect(patience.lasts(2_298)).toBe(false)
    told(patience, 2_299 + 2_000, 21)
    expect(patience.lasts(4_399)).toBe(true)
  })
})
