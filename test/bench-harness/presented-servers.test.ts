import { describe, expect, it } from 'vitest'
import { present as presentGateway } from '../bench/chart/gateway.js'
import { present as presentServer } from '../bench/chart/server.js'
import { about, spread } from './presented.js'

describe('what is shown', () => {
  it('of servers is what each policy leaves of the bare framework, and of the peers together', () => {
    const line = (name: string, requestsPerSecond: number, failure: string | null = null) => ({
      name,
      failure,
      requestsPerSecond: spread(requestsPerSecond),
      serverCpuMicros: spread(1_000_000 / requestsPerSecond),
      ratios: {
        Fastify: spread(requestsPerSecond / 50_000),
        'Fastify + all three': spread(requestsPerSecond / 20_000),
      },
    })
    const lines = [
      line('Fastify', 50_000),
      line('Fastify + @fastify/rate-limit', 45_000),
      line('Fastify + fastify-metrics', 1, 'void'),
      line('Fastify + all three', 20_000),
      { ...line('Fastify + the least by hand', 46_000), ratios: { Fastify: spread(0.91) } },
      line('Fastify + meshPlugin, all policies', 40_000),
    ]
    const scenario = { framework: 'Fastify', algorithm: 'HS256', pace: { rounds: 7 }, lines }
    const dear = { ...scenario, algorithm: 'ES256', lines: [line('Fastify', 1)] }
    const machine = { ...about.machine, packages: { fastify: '5.1.0', express: '5.0.0' } }
    const goal = { contender: 'ours', reference: 'Fastify', atLeast: 0.85, ratio: spread(0.8), met: false }
    const report = { ...about, machine, load: 'wrk', goals: [goal], scenarios: [dear, scenario] }
    const { chart, table, brief, caption, goals } = presentServer(report)
    expect(chart?.bars.map(({ label, parts }) => [label, parts[0]?.value, parts[0]?.kind])).toEqual([
      ['Fastify', 1, 'theirs'],
      ["Fastify + peers' all three", 0.4, 'theirs'],
      ['Fastify + meshPlugin', 0.8, 'ours'],
    ])
    expect(table?.split('\n').slice(2)).toEqual([
      '| Fastify | 50,000 | 1.00 | 2.50 | 20.0 |',
      '| Fastify + @fastify/rate-limit | 45,000 | 0.90 | 2.25 | 22.2 |',
      '| Fastify + all three | 20,000 | 0.40 | 1.00 | 50.0 |',
      '| Fastify + the least by hand | 46,000 | 0.91 | - | 21.7 |',
      '| **Fastify + meshPlugin, all policies** | 40,000 | 0.80 | 2.00 | 25.0 |',
    ])
    expect(brief).toContain('| **Fastify + meshPlugin, all policies** | 40,000 | 0.80 | 2.00 |')
    expect(caption).toContain('Node 20.20.2, Fastify 5.1.0, Express 5.0.0, 2026-11-28.')
    expect(goals).toMatchObject([{ says: 'ours: requests/s × Fastify', atLeast: 0.85, floor: 0.91, met: false }])
  })

  it('of gateways is their CPU beside that of Envoy', () => {
    const line = (name: string, micros: number, failure: string | null = null) => ({
      name,
      failure,
      cpuMicros: spread(micros),
      requestsPerSecond: 1_000_000 / micros,
      p99Micros: 2_000,
      ratios: { cpu: spread(micros / 32), p99: null, rate: null },
    })
    const lines = [
      line('nginx', 1, 'void'),
      line('Envoy, policies', 32),
      line('http-proxy-middleware', 800),
      line('mesh.gateway, policies', 40),
    ]
    const goal = { gateway: 'ours', says: 'rate', measured: null, met: null }
    const goals = [
      { ...goal, bound: 'at most', ratio: 0.9 },
      { ...goal, bound: 'at least', ratio: 2.5 },
    ]
    const pace = { rounds: 7, concurrency: 50 }
    const presented = presentGateway({ ...about, load: 'wrk', pace, versions: ['envoy 1.40.0'], goals, lines })
    expect(presented.chart?.bars.map(({ label, parts }) => [label, parts[0]?.value, parts[0]?.kind])).toEqual([
      ['Envoy, policies', 32, 'theirs'],
      ['mesh.gateway, policies', 40, 'ours'],
    ])
    expect(presented.chart?.subtitle).toContain('off the scale: http-proxy-middleware')
    expect(presented.table?.split('\n').slice(2)).toEqual([
      '| Envoy, policies | 32.0 | 1.00 | 31,250 | 2,000 |',
      '| http-proxy-middleware | 800.0 | 25.00 | 1,250 | 2,000 |',
      '| **mesh.gateway, policies** | 40.0 | 1.25 | 25,000 | 2,000 |',
    ])
    expect(presented.brief).toContain('| **mesh.gateway, policies** | 40.0 | 1.25 | 25,000 |')
    expect(presented.caption).toContain('envoy 1.40.0')
    expect(presented.goals).toMatchObject([{ says: 'ours: rate', atMost: 0.9 }, { atLeast: 2.5 }])
  })
})
