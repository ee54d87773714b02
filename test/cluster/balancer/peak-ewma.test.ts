import { describe, expect, it } from 'vitest'
import { latencyStage, peakEwma } from '../../../src/cluster/balancer/peak-ewma.js'
import type { Endpoint } from '../../../src/cluster/index.js'
import { httpClassifier } from '../../../src/core/classifier.js'
import { MeshError } from '../../../src/core/errors.js'
import { compose } from '../../../src/core/interceptor.js'
import { directReply } from '../../../src/core/reply.js'
import { call, replay, weighted } from '../scaffold.js'
import { context, type TestContext } from './scaffold.js'

const draw = { h0: 0.25, h1: 0.75 }

/** An attempt on an endpoint that takes so long and ends so. */
async function attempt(
  endpoint: Endpoint,
  scene: TestContext,
  outcome: { ms: number; status?: number; error?: Error },
): Promise<void> {
  const send = compose([latencyStage(scene.settings, { clock: scene.clock, classifier: httpClassifier })], async () => {
    scene.nowMs += outcome.ms
    if (outcome.error !== undefined) throw outcome.error
    return directReply(outcome.status ?? 200)
  })
  const made = call()
  made.endpoint = endpoint
  await send(made).catch(() => undefined)
}

describe('of two draws the one with the lower latency times calls in flight', () => {
  it.each([
    { ms: [10, 50], active: [0, 0], picked: 'h0:80', why: 'is the faster one' },
    { ms: [10, 50], active: [5, 0], picked: 'h1:80', why: 'is the slower one, when the faster is busy' },
    { ms: [10, 50], active: [3, 0], picked: 'h0:80', why: 'is the busy one, when it is still cheaper' },
    { ms: [0, 50], active: [0, 0], picked: 'h0:80', why: 'is one that nothing is known of' },
    {
      ms: [0, 50],
      active: [1, 0],
      picked: 'h1:80',
      why: 'is not one that nothing is known of yet but that is being tried',
    },
  ])('$why', async ({ ms, active, picked }) => {
    const endpoints = weighted(1, 1)
    const scene = context({ type: 'peak-ewma' }, replay(draw.h0, draw.h1, draw.h1, draw.h0))
    for (const [i, endpoint] of endpoints.entries()) {
      if (ms[i] !== 0) await attempt(endpoint, scene, { ms: ms[i] ?? 0 })
      endpoint.active = active[i] ?? 0
    }
    const balancer = peakEwma(endpoints, scene)
    expect(balancer.pick(call(), undefined, 0)?.id).toBe(picked)
    expect(balancer.pick(call(), undefined, 0)?.id).toBe(picked)
  })
})

describe('what is observed', () => {
  it.each<[string, Parameters<typeof attempt>[2], number | undefined]>([
    ['a reply, up to its headers', { ms: 30 }, 30],
    ['a reply that is the caller’s affair', { ms: 30, status: 404 }, 30],
    ['a failing status, as a second', { ms: 3, status: 503 }, 1_000],
    ['a slow failure, as it is', { ms: 3_000, status: 503 }, 3_000],
    ['a failed exchange, as a second', { ms: 1, error: new MeshError('ERR_MESH_CONNECT', 'refused') }, 1_000],
    ['a local rejection, not at all', { ms: 1, error: new MeshError('ERR_MESH_ABORTED', 'gone') }, undefined],
  ])('%s', async (_, outcome, expected) => {
    const [endpoint] = weighted(1)
    if (endpoint === undefined) throw new Error('no endpoint')
    const scene = context({ type: 'peak-ewma' })
    await attempt(endpoint, scene, outcome)
    expect(endpoint.latency?.at(scene.nowMs, 10_000)).toBe(expected)
  })

  it.each([
    ['that took longer than it was believed to, for that long', 80, 80],
    ['sooner, not at all', 10, 30],
  ])('what is given up %s', async (_, ms, expected) => {
    const [endpoint] = weighted(1)
    if (endpoint === undefined) throw new Error('no endpoint')
    const scene = context({ type: 'peak-ewma', decay: '1000h' })
    await attempt(endpoint, scene, { ms: 30 })
    await attempt(endpoint, scene, { ms, error: new MeshError('ERR_MESH_ABORTED', 'another attempt was faster') })
    expect(endpoint.latency?.at(scene.nowMs, 3_600_000_000)).toBeCloseTo(expected, 3)
  })
})
