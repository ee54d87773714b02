import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createMesh, type OutlierDetectionOptions } from '../../../src/index.js'
import { type FaultStep, type FaultyServer, faultyServer } from '../../../src/testing/index.js'
import { Envoy, findEnvoy } from '../envoy/envoy.js'
import type { Json } from '../envoy/envoy-route.js'
import { cluster, oneListener, plainHost } from './one-listener.js'

const path = findEnvoy()

interface Case {
  readonly name: string
  readonly mesh: OutlierDetectionOptions
  readonly envoy: Json
  readonly fault: FaultStep
}

// An endpoint that returns must fail again within an interval: each that it spends healthy takes a step off its next absence.
const times = {
  mesh: { interval: '400ms', baseEjectionTime: '800ms' },
  envoy: { interval: '0.4s', base_ejection_time: '0.8s' },
} as const
const all = { mesh: { maxEjectionPercent: 100 }, envoy: { max_ejection_percent: 100 } }

const cases: readonly Case[] = [
  {
    name: 'five-hundreds',
    mesh: { ...times.mesh, ...all.mesh, consecutive5xxErrors: 3 },
    envoy: { ...times.envoy, ...all.envoy, consecutive_5xx: 3, enforcing_consecutive_5xx: 100 },
    fault: { reply: 500 },
  },
  {
    name: 'resets',
    mesh: { ...times.mesh, ...all.mesh, consecutive5xxErrors: 3 },
    envoy: { ...times.envoy, ...all.envoy, consecutive_5xx: 3 },
    fault: { drop: 'reset' },
  },
  {
    name: 'gateway-errors',
    mesh: { ...times.mesh, ...all.mesh, consecutive5xxErrors: 0, consecutiveGatewayErrors: 2 },
    envoy: {
      ...times.envoy,
      ...all.envoy,
      enforcing_consecutive_5xx: 0,
      consecutive_gateway_failure: 2,
      enforcing_consecutive_gateway_failure: 100,
    },
    fault: { reply: 503 },
  },
  {
    name: 'no-gateway-error',
    mesh: { ...times.mesh, ...all.mesh, consecutive5xxErrors: 0, consecutiveGatewayErrors: 2 },
    envoy: {
      ...times.envoy,
      ...all.envoy,
      enforcing_consecutive_5xx: 0,
      consecutive_gateway_failure: 2,
      enforcing_consecutive_gateway_failure: 100,
    },
    fault: { reply: 500 },
  },
  {
    name: 'too-few-may-go',
    mesh: { ...times.mesh, maxEjectionPercent: 10, alwaysEjectOne: false, consecutive5xxErrors: 3 },
    envoy: { ...times.envoy, max_ejection_percent: 10, consecutive_5xx: 3 },
    fault: { reply: 500 },
  },
]

describe.skipIf(path === undefined)('a mesh ejects, and takes back, as a live Envoy does', () => {
  const servers: FaultyServer[] = []
  const hits = new Map<string, number>()
  let envoy: Envoy | undefined

  beforeAll(async () => {
    for (let server = 0; server < 4; server++)
      servers.push(
        await faultyServer((request): FaultStep => {
          const [name = '', id] = (request.headers.get('x-id') ?? '').split(' ')
          if (server > 0) return { reply: 200 }
          hits.set(`${name} ${id}`, (hits.get(`${name} ${id}`) ?? 0) + 1)
          return cases.find((one) => one.name === name)?.fault ?? { reply: 404 }
        }),
      )
    const ports = servers.map(({ port }) => port)
    envoy = await Envoy.startWith(path ?? 'envoy', (logFile) =>
      oneListener(
        cases.map(({ name }) => plainHost(name)),
        cases.map(({ name, envoy: outlier_detection }) => cluster(name, ports, { outlier_detection })),
        logFile,
      ),
    )
  }, 60_000)
  afterAll(async () => {
    await envoy?.stop()
    for (const server of servers) await server.close()
  })

  /** Of 40 calls, how many the broken endpoint got before it was ejected, and how long it then stayed away, ms; twice. */
  async function story(
    name: string,
    side: string,
    call: (id: string) => Promise<unknown>,
  ): Promise<[number, number][]> {
    const id = `${name} ${side}`
    const told: [number, number][] = []
    for (let round = 0; round < 2; round++) {
      const before = hits.get(id) ?? 0
      for (let i = 0; i < 40; i++) await call(id)
      const after = hits.get(id) ?? 0
      if (after - before === 10) return [...told, [10, 0]]
      const since = performance.now()
      while (hits.get(id) === after) {
        for (let i = 0; i < 4; i++) await call(id)
        await sleep(20)
      }
      told.push([after - before, performance.now() - since])
    }
    return told
  }

  it.each(cases.map((one) => [one.name, one] as const))('%s', async (name, { mesh: outlierDetection }) => {
    await using mesh = createMesh({
      service: 'caller',
      config: {
        services: {
          [name]: { endpoints: servers.map(({ url }) => ({ url })), loadBalancer: 'round-robin', outlierDetection },
        },
      },
    })
    const [byEnvoy, byMesh] = await Promise.all([
      story(name, 'envoy', async (id) => {
        const request = { method: 'GET', authority: name, path: '/', headers: [], random: 0 }
        await envoy?.ask('plain', request, id)
        await envoy?.settled()
      }),
      story(name, 'mesh', async (id) => {
        const reply = await mesh.request({ service: name, path: '/', headers: { 'x-id': id } }).catch(() => undefined)
        await reply?.body.bytes().catch(() => {})
      }),
    ])
    expect(byMesh.map(([failures]) => failures)).toEqual(byEnvoy.map(([failures]) => failures))
    // Each side looks every 400 ms, at a moment of its own; the second absence is a step of 800 ms longer.
    for (const [round, [, away]] of byMesh.entries())
      expect(Math.abs(away - (byEnvoy[round]?.[1] ?? 0))).toBeLessThan(600)
  })
})
