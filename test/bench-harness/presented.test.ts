import { describe, expect, it } from 'vitest'
import { present as presentClient } from '../bench/chart/client.js'
import { goalsTable } from '../bench/chart/goals.js'
import { present as presentSidecar } from '../bench/chart/sidecar.js'
import { about, spread } from './presented.js'

describe('what is shown', () => {
  it('of clients is the main scenario, with its machine and versions', () => {
    const line = (name: string, micros: number, failure: string | null = null) => ({
      name,
      failure,
      spoilt: name === 'got' ? 2 : 0,
      cpuMicros: spread(micros),
      bytes: 5_000,
      p50Micros: 1_000,
      p99Micros: 2_000,
      ratios: { 'pool.request': spread(micros / 30) },
    })
    const lines = [
      line('mesh.request, all policies', 31.5),
      line('pool.request', 30),
      line('got', 300),
      line('undici.request', 40, 'void'),
    ]
    const other = { transport: 'mtls', payload: '500B', concurrency: 50, pace: { rounds: 7 }, lines: [], rounds: {} }
    const small = { ...other, payload: '100B', concurrency: 1, lines: lines.slice(0, 2) }
    const goal = {
      contender: 'mesh.request, all policies',
      reference: 'pool.request',
      measure: 'client CPU',
      atMost: 1.15,
      ratio: spread(1.05),
      met: true,
    }
    const report = { ...about, goals: [goal], scenarios: [small, { ...other, transport: 'http', lines }] }
    const { chart, table, brief, caption, goals, more } = presentClient(report)
    expect(chart?.bars.map(({ label, parts }) => [label, parts[0]?.value, parts[0]?.kind])).toEqual([
      ['pool.request', 30, 'theirs'],
      ['mesh.request, all policies', 31.5, 'ours'],
    ])
    expect(table).toContain('| `got` | 300.0 | 10.00 |')
    expect(table).toContain('| **`mesh.request`, all policies** | 31.5 | 1.05 |')
    expect(brief).toContain('| **`mesh.request`, all policies** | 31.5 | 1.05 | - | - |')
    expect(more).toContain('| mutual TLS, 100B, 1 in flight | 30.0 | 1.05 | - | - |')
    expect(goals).toMatchObject([
      {
        says: 'mesh.request, all policies: client CPU × pool.request',
        atMost: 1.15,
        measured: spread(1.05),
        met: true,
      },
    ])
    expect(goals[0]?.floor).toBeUndefined()
    const roundsOf = (...micros: number[]) => ({ rounds: micros.map((cpuMicros) => ({ cpuMicros, calls: 1 })) })
    const rounds = { dispatch: roundsOf(10, 20, 30), 'pool.request': roundsOf(20, 20, 40) }
    const floored = { ...other, transport: 'http', lines: [...lines, line('dispatch', 20)], rounds }
    expect(presentClient({ ...report, scenarios: [floored] }).goals[0]?.floor).toBe(0.75)
    expect(presentClient({ ...report, scenarios: report.scenarios.slice(1) }).more).toBeUndefined()
    expect(caption).toContain(
      '7 interleaved rounds, 2 of 28 measurements spoilt. 2 × Some CPU, linux x64, Node 20.20.2, undici 7.1.0, 2026-11-28.',
    )
  })

  it('of sidecars is everything a call costs, and what the proxies have of it', () => {
    const line = (name: string, proxies: number, ratio: number, addedP50: number) => ({
      name,
      failure: null,
      spoilt: proxies === 0 ? 0 : 3,
      shares: { client: 30, server: 25, proxies },
      ratio: spread(ratio),
      addedP50Micros: spread(addedP50),
      residentMb: { client: 70, server: 70, proxies: proxies && 40 },
    })
    const lines = [line('direct, mTLS', 0, 1, 0), line('HAProxy pair, mTLS', 75, 2.36, 250)]
    const loads = ['50 in flight', '200 calls/s'].map((name) => ({ name, pace: { rounds: 7 }, lines }))
    const says = 'p50 over direct mTLS, µs'
    const contender = 'mesh.request to mesh.server, mTLS'
    const goal = {
      contender,
      load: '200 calls/s',
      figure: 'addedP50Micros',
      atMost: 50,
      says,
      value: spread(179.4),
      met: false,
    }
    const report = { ...about, versions: { HAProxy: '2.6.12' }, goals: [goal], loads }
    const { chart, table, brief, caption, goals } = presentSidecar(report)
    expect(chart?.bars.map(({ parts }) => parts.map(({ value }) => value))).toEqual([
      [55, 0],
      [55, 75],
    ])
    expect(table).toContain('| HAProxy pair | 30, 25, 75 | 2.36 | 250 | - | 40 |')
    expect(brief).toContain('| HAProxy pair | 30, 25, 75 | 2.36 |')
    expect(caption).toContain('7 interleaved rounds, 6 of 28 measurements spoilt. ')
    expect(caption).toContain('HAProxy 2.6.12')
    expect(goalsTable(goals)).toContain(`200 calls/s: ${says} | ≤ 50 | 179 | 179 to 179 | **missed** |`)
  })
})
