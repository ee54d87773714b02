import { describe, expect, it } from 'vitest'
import { describeGoals, goalsTable, verdict } from '../bench/chart/goals.js'
import { present as presentLimits } from '../bench/chart/limits.js'
import { present as presentMemory } from '../bench/chart/memory.js'
import { present as presentPolicies } from '../bench/chart/policies.js'
import { present as presentScale } from '../bench/chart/scale.js'
import { renderResults, renderSection } from '../bench/chart/section.js'
import { present as presentStartup } from '../bench/chart/startup.js'
import { about, spread } from './presented.js'

const rowsOf = (table: string) => table.split('\n').slice(2)

describe('goals', () => {
  it('stand beside what was measured, and stand out when they were missed', () => {
    const measured = { ...spread(1.11), min: 0.78, max: 1.12 }
    const goals = [
      { says: 'CPU', atMost: 1.15, measured, met: true },
      { says: 'CPU', atMost: 1.05, measured, met: false },
      { says: 'calls/s', atLeast: 8, measured: null, met: null },
    ]
    expect(rowsOf(goalsTable(goals))).toEqual([
      '| CPU | ≤ 1.15 | 1.11 | 0.78 to 1.12 | met |',
      '| CPU | ≤ 1.05 | 1.11 | 0.78 to 1.12 | **missed** |',
      '| calls/s | ≥ 8.00 | - | - | **not measured** |',
    ])
    expect(verdict(goals)).toBe('1 of 3 met, **missed** CPU 1.11 (≤ 1.05), not measured calls/s')
    expect(verdict(goals.slice(0, 1))).toBe('1 of 1 met')
    expect(describeGoals(goals)).toBe('CPU 1.11 (≤ 1.15); CPU 1.11 (≤ 1.05) **missed**; calls/s not measured (≥ 8.00)')
  })

  it('stand beside what their floor has of the same, where the run had one', () => {
    const goals = [
      { says: 'CPU', atMost: 0.33, floor: 0.36, measured: spread(0.4), met: false },
      { says: 'p99', atMost: 1.1, measured: spread(1), met: true },
    ]
    expect(goalsTable(goals).split('\n')[0]).toBe('| goal | bound | floor | measured | rounds | verdict |')
    expect(rowsOf(goalsTable(goals))).toEqual([
      '| CPU | ≤ 0.33 | 0.36 | 0.40 | 0.40 to 0.40 | **missed** |',
      '| p99 | ≤ 1.10 | - | 1.00 | 1.00 to 1.00 | met |',
    ])
    expect(verdict(goals)).toBe('1 of 2 met, **missed** CPU 0.40 (≤ 0.33, floor 0.36)')
  })

  it('are not what has no bound', () => {
    const goals = [{ says: 'RSS', measured: spread(1), met: null }]
    expect(verdict(goals)).toBe('0 of 0 met')
    expect(describeGoals(goals)).toBe('')
  })

  it('of memory name what is held, in its unit', () => {
    const line = (title: string, unit: string, bytes: number, atMost?: number) => {
      return { title, unit, atMost, spread: spread(bytes), met: atMost === undefined ? null : bytes <= atMost }
    }
    const lines = [
      line('a call', 'B', 5_000),
      line('... beyond the transport', 'B', 1_893, 1_024),
      line('RSS of a mesh', 'MiB', 2 ** 24, 2 ** 23),
      line('... with a flag', 'MiB', 2 ** 22, 2 ** 23),
      line('... called once', 'MiB', 2 ** 25),
      line('left by a call', 'B', 0.21, 1),
    ]
    const plan = { rounds: 5, endpoints: 20_000, routes: 5_000, liveCalls: 1_000, services: 100 }
    const { caption, goals } = presentMemory({ ...about, plan, lines })
    expect(rowsOf(goalsTable(goals))).toEqual([
      '| a call, beyond the transport | ≤ 1,024 B | 1,893 B | 1,893 B to 1,893 B | **missed** |',
      '| RSS of a mesh | ≤ 8.0 MiB | 16.0 MiB | 16.0 MiB to 16.0 MiB | **missed** |',
      '| RSS of a mesh, with a flag | ≤ 8.0 MiB | 4.0 MiB | 4.0 MiB to 4.0 MiB | met |',
      '| RSS of a mesh, called once | - | 32.0 MiB | 32.0 MiB to 32.0 MiB | - |',
      '| left by a call | ≤ 1.0 B | 0.2 B | 0.2 B to 0.2 B | met |',
    ])
    expect(caption).toContain('`--max-semi-space-size=1`')
    expect(caption).toContain('20,000 endpoints, 5,000 routes, 1,000 calls under way, 100 services')
  })

  it('of policies are what they add to a call', () => {
    const goals = [
      { name: 'µs a call', measured: spread(4.35), atMost: 4, met: false },
      { name: 'B a call', measured: spread(1_530.4), atMost: 2_048, met: true },
    ]
    const lines = [{ spoilt: 3 }, { spoilt: 0 }]
    const { caption, goals: shown } = presentPolicies({ ...about, pace: { rounds: 9 }, lines, goals })
    expect(rowsOf(goalsTable(shown))).toEqual([
      '| µs a call | ≤ 4.00 | 4.35 | 4.35 to 4.35 | **missed** |',
      '| B a call | ≤ 2,048 | 1,530 | 1,530 to 1,530 | met |',
    ])
    expect(caption).toContain('9 interleaved rounds, 3 of 18 measurements spoilt. ')
  })

  it('of a second worker are its CPU beside that of one', () => {
    const lines = [
      { name: '1 worker, Redis', ratio: undefined },
      { name: '2 workers, Redis', ratio: spread(1.04) },
    ]
    const { goals } = presentScale({ ...about, pace: { rounds: 5 }, goal: 1.1, lines })
    expect(rowsOf(goalsTable(goals))).toEqual([
      '| 2 workers, limits in Redis: CPU of a request × one worker | ≤ 1.10 | 1.04 | 1.04 to 1.04 | met |',
    ])
  })

  it('of a start and of limits are all there is to show', () => {
    const startup = { ...about, rounds: 25, goals: [{ name: 'import', atMostMs: 40, beyond: spread(33.3), met: true }] }
    expect(rowsOf(goalsTable(presentStartup(startup).goals))).toEqual([
      '| import | ≤ 40.0 ms | 33.3 ms | 33.3 ms to 33.3 ms | met |',
    ])
    const goal = { contender: 'rateLimit', reference: 'INCR', atMost: 1.1, ratio: spread(1.2), met: false }
    const { caption, goals } = presentLimits({
      ...about,
      redis: '7.0.15',
      pace: { rounds: 7 },
      lines: [{ spoilt: 1 }],
      goals: [goal],
    })
    expect(goals).toMatchObject([{ says: 'rateLimit: client CPU × INCR', measured: spread(1.2), met: false }])
    expect(caption).toContain('7 interleaved rounds, 1 of 7 measurements spoilt. ')
    expect(caption).toContain('Redis 7.0.15')
  })
})

describe('the section of a suite', () => {
  const chart = { title: 'CPU', subtitle: '', format: String, bars: [] }
  const goals = [{ says: 'a goal', atMost: 1, measured: null, met: null }]
  const presented = { chart, table: 'TABLE', brief: 'BRIEF', caption: 'CAPTION', goals, more: 'OTHER LOADS' }
  const others = [{ node: 'v24.11.1', presented: { ...presented, caption: 'THERE' } }]
  const inOrder = (section: string) =>
    section.match(/!\[CPU\]\(a\.svg\)|[A-Z]{5,}|On Node \d+:|\| a goal|\d of \d met/g)

  it('has chart, table and verdicts in the README', () => {
    expect(inOrder(renderSection('client', 'a.svg', presented, others))).toEqual([
      '![CPU](a.svg)',
      'TABLE',
      'CAPTION',
      '0 of 1 met',
      'On Node 24:',
      '0 of 1 met',
    ])
  })

  it('is a point of a list there, with its goals, when it has no table', () => {
    const section = renderSection('scale', 'a.svg', { caption: 'CAPTION', goals }, others)
    expect(section).toMatch(/^- \[`scale`\]\(.*#scale\): a goal not measured \(≤ 1\.00\)\. On Node 24: 0 of 1 met/)
    const named = renderSection('scale', 'a.svg', { subject: 'two workers', caption: 'CAPTION', goals }, [])
    expect(named).toMatch(/#scale\), two workers: a goal not measured/)
  })

  it('has every goal in the guide, and what other majors of Node have measured', () => {
    expect(inOrder(renderResults(presented, others))).toEqual([
      'CAPTION',
      '| a goal',
      'OTHER',
      'LOADS',
      'On Node 24:',
      'BRIEF',
      'THERE',
      '| a goal',
    ])
  })
})
