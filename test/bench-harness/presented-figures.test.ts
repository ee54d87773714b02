import { describe, expect, it } from 'vitest'
import { goalsTable, verdict } from '../bench/chart/goals.js'
import { present as presentOverload } from '../bench/chart/overload.js'
import { present as presentResilience } from '../bench/chart/resilience.js'
import { present as presentRouting } from '../bench/chart/routing.js'
import { present as presentUpdate } from '../bench/chart/update.js'
import { atLeast, atMost } from '../bench/suites/resilience/figure.js'
import { about, spread } from './presented.js'

const rowsOf = (table = '') => table.split('\n').slice(2)

describe('what is shown', () => {
  it('of routing is what most calls decide, and beside the goals every line but memory', () => {
    const plan = { pace: { rounds: 15 }, buildRounds: 12, changes: 200 }
    const lines = [
      { name: 'state of an endpoint among 100000', unit: 'B', spread: spread(509), below: 2_048 },
      { name: 'match among 1000 routes, exact', unit: 'µs', spread: spread(0.0512), below: 5 },
      { name: 'match among 1000 routes, header', unit: 'µs', spread: spread(6), below: 5 },
      { name: 'ring of 1,024 x 100 hosts', unit: 'ms', spread: spread(13.26), below: 50 },
      { name: 'Maglev table of 65,537 for 100 hosts', unit: 'ms', spread: spread(4) },
    ]
    const { table, caption, goals } = presentRouting({ ...about, plan, lines })
    expect(rowsOf(table)).toContain('| match among 1,000 routes: exact path, prefix, header | 0.05 µs, -, 6.0 µs |')
    expect(rowsOf(table)).toContain('| ring of 1,024 points a host, 100 hosts | 13.3 ms |')
    expect(caption).toMatch(/medians of 15 rounds, of 12 .* median of 199 changes/)
    expect(rowsOf(goalsTable(goals))).toEqual([
      '| match among 1000 routes, exact | ≤ 5.0 µs | 0.05 µs | 0.05 µs to 0.05 µs | met |',
      '| match among 1000 routes, header | ≤ 5.0 µs | 6.0 µs | 6.0 µs to 6.0 µs | **missed** |',
      '| ring of 1,024 x 100 hosts | ≤ 50.0 ms | 13.3 ms | 13.3 ms to 13.3 ms | met |',
      '| Maglev table of 65,537 for 100 hosts | - | 4.0 ms | 4.0 ms to 4.0 ms | - |',
    ])
  })

  it('of updates is how long they take, and the longest block of all of them', () => {
    const update = (name: string, tookMs: number, longestMs: number) => ({ name, tookMs, cpuMs: tookMs, longestMs })
    const measured = [
      update('all services changed', 300, 12),
      update('all services changed', 1_400, 21),
      update('all services changed', 600, 15),
      update('one service changed', 8.24, 3),
    ]
    const report = { ...about, size: { services: 1_000, each: 10 }, goals: { tookMs: 1_000, longestMs: 20 }, measured }
    const { subject, goals } = presentUpdate(report)
    expect(subject).toContain('1,000 services, 10,000 routes and 10,000 endpoints')
    expect(rowsOf(goalsTable(goals))).toEqual([
      '| all services changed | ≤ 1,000 ms | 600 ms | 300 ms to 1,400 ms | met |',
      '| one service changed | - | 8.2 ms | 8.2 ms to 8.2 ms | - |',
      '| longest block of the event loop in any of 4 updates | ≤ 20.0 ms | 21.0 ms | 21.0 ms to 21.0 ms | **missed** |',
    ])
  })

  it('of faults is one row for some figures, and every figure with its goal', () => {
    const figures = [
      atMost('N1 attempts per call at 100 % failure', 1.1096, 1.11, { digits: 3, naive: 4 }),
      atMost('N20 POSTs that took effect twice, of 10000 (naive: of 1000)', 0, 0, { naive: 306 }),
      atMost('N8 overshoot, headers', 9.5, 25, { digits: 1, unit: ' ms' }),
      atMost('N8 overshoot, queue', 26, 25, { digits: 1, unit: ' ms', lateMs: 3 }),
      atMost('N17 bytes delivered of a gzip bomb of 200 MiB (F19)', 1, 0),
      atLeast('N19 spread of their third probes', Number.NaN, 0.5, { digits: 2 }),
      atMost('N23 overshoot of 99.9 % of 250000 calls (seed 1, worst 12 ms)', 4.2, 25, { digits: 1, unit: ' ms' }),
      atMost('N12 unhandled rejections and warnings', 0, 0),
      atMost('N12 handles left behind', 0, 0),
    ]
    // As it is read from a file: no number is null there.
    const read = JSON.parse(JSON.stringify(figures))
    const machine = { ...about.machine, packages: { opossum: '9.0.0', 'p-retry': '7.1.1' } }
    const { table, caption, goals } = presentResilience({ ...about, machine, figures: read })
    const [attempts, posts, deadlines, random, ...others] = rowsOf(table)
    expect(attempts).toMatch(/^\| attempts a call .* \| ≤ 1\.110 \| 1\.110 \| 4\.000 \|$/)
    expect(posts).toMatch(/^\| of 10,000 POSTs .* \(naive: of 1,000\) \| ≤ 0 \| 0 \| 306 \|$/)
    expect(deadlines).toMatch(/^\| overshoot of a deadline .* \| ≤ 25\.0 ms \| 26\.0 ms \| {2}\|$/)
    expect(random).toMatch(/^\| random faults, 250,000 calls: .* \| ≤ 25\.0 ms, ≤ 0, ≤ 0 \| 4\.2 ms, 0, 0 \| {2}\|$/)
    expect(others).toEqual([])
    expect(caption).toContain('opossum 9.0.0, p-retry 7.1.1')
    expect(rowsOf(goalsTable(goals)).slice(3, 6)).toEqual([
      '| overshoot, queue; an idle thread was 3 ms late | ≤ 25.0 ms | 26.0 ms | 26.0 ms to 26.0 ms | met |',
      '| bytes delivered of a gzip bomb of 200 MiB | ≤ 0 | 1 | 1 to 1 | **missed** |',
      '| spread of their third probes | ≥ 0.50 | - | - | **not measured** |',
    ])
  })

  it('of overload is what is left of the capacity, and how soon the rest is told', () => {
    const figures = {
      capacity: 248.5,
      goodput: 0.897,
      shedP50Ms: 0.0123,
      admittedP99Ms: 75.3,
      admittedGoalMs: 148.2,
      backToNormalMs: 0,
      failed: 0,
    }
    const goals = { goodput: 0.9, shedP50Ms: 5, backToNormalMs: 5_000 }
    const shown = presentOverload({ ...about, limit: 5, tries: 3, goals, figures })
    expect(shown.caption).toContain('`inbound.concurrency` of 5 ')
    expect(shown.caption).toContain('the middle of 3 runs')
    expect(verdict(shown.goals)).toBe('4 of 5 met, **missed** goodput × capacity 0.90 (≥ 0.90)')
    expect(rowsOf(goalsTable(shown.goals)).slice(1)).toEqual([
      '| refusal, p50 | ≤ 5.00 ms | 0.01 ms | 0.01 ms to 0.01 ms | met |',
      '| admitted request, p99 | ≤ 148 ms | 75 ms | 75 ms to 75 ms | met |',
      '| last refusal after the overload | ≤ 5,000 ms | 0.00 ms | 0.00 ms to 0.00 ms | met |',
      '| requests that failed otherwise than by 503 | ≤ 0 | 0 | 0 to 0 | met |',
    ])
  })
})
