import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createMesh, isMeshError, type LimitsOptions } from '../../../src/index.js'
import { type FaultyServer, faultyServer } from '../../../src/testing/index.js'
import { Envoy, findEnvoy } from '../envoy/envoy.js'
import { cluster, oneListener, plainHost } from './one-listener.js'

const path = findEnvoy()

const many = 100_000

/** Thresholds, and calls that are made at once. */
const cases: readonly (readonly [string, LimitsOptions, number])[] = [
  ['connections-and-pending', { maxConnections: 2, maxPendingRequests: 1 }, 6],
  ['no-pending', { maxConnections: 2, maxPendingRequests: 1, maxRequests: many }, 2],
  ['pending-alone', { maxConnections: 1, maxPendingRequests: 3 }, 5],
  ['requests', { maxRequests: 3 }, 5],
  ['requests-and-connections', { maxConnections: 2, maxPendingRequests: many, maxRequests: 4 }, 7],
]

function thresholds({ maxConnections = many, maxPendingRequests = many, maxRequests = many }: LimitsOptions): object {
  return { max_connections: maxConnections, max_pending_requests: maxPendingRequests, max_requests: maxRequests }
}

/** Soon after each other: Envoy counts a call as pending while its connection is made, so that a burst says little. */
async function inTurn(calls: number, ask: (i: number) => Promise<string>): Promise<string[]> {
  const outcomes: Promise<string>[] = []
  for (let i = 0; i < calls; i++) {
    outcomes.push(ask(i))
    await sleep(25)
  }
  return Promise.all(outcomes)
}

function counted(outcomes: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const one of outcomes) counts[one] = (counts[one] ?? 0) + 1
  return counts
}

describe.skipIf(path === undefined)('a mesh refuses at the thresholds at which a live Envoy does', () => {
  let server: FaultyServer | undefined
  let envoy: Envoy | undefined
  beforeAll(async () => {
    const slow = await faultyServer(() => ({ reply: 200, body: 'ok', delayMs: 400 }))
    server = slow
    envoy = await Envoy.startWith(path ?? 'envoy', (logFile) =>
      oneListener(
        cases.map(([name]) => plainHost(name)),
        cases.map(([name, limits]) =>
          cluster(name, [slow.port], { circuit_breakers: { thresholds: [thresholds(limits)] } }),
        ),
        logFile,
      ),
    )
  }, 60_000)
  afterAll(async () => {
    await envoy?.stop()
    await server?.close()
  })

  it.each(cases)('%s', async (name, limits, calls) => {
    const ask = async (i: number): Promise<string> => {
      const request = { method: 'GET', authority: name, path: '/', headers: [], random: 0 }
      const answer = await envoy?.ask('plain', request, `${name} ${i}`)
      return `${answer?.status} ${answer?.headers['x-envoy-overloaded'] ?? ''} ${answer?.body}`
    }
    const byEnvoy = counted(await inTurn(calls, ask))
    await using mesh = createMesh({
      service: 'caller',
      config: { services: { [name]: { endpoints: [{ url: server?.url ?? '' }], limits } } },
    })
    const call = async (): Promise<string> => {
      try {
        const reply = await mesh.request({ service: name, path: '/' })
        return `${reply.status}  ${await reply.body.text()}`
      } catch (error) {
        if (!isMeshError(error)) throw error
        return `${error.status} ${error.headers?.['x-envoy-overloaded'] ?? ''} ${error.body}`
      }
    }
    expect(counted(await inTurn(calls, call))).toEqual(byEnvoy)
  })
})
