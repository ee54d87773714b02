import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ClientCall, clientCall } from '../../src/core/call.js'
import { httpClassifier } from '../../src/core/classifier.js'
import type { MeshErrorCode } from '../../src/core/error-codes.js'
import { compose, type Interceptor } from '../../src/core/interceptor.js'
import { Observer } from '../../src/core/observer.js'
import type { Reply } from '../../src/core/reply.js'
import { coalesceStage } from '../../src/resilience/coalesce/index.js'
import { fallbackStage } from '../../src/resilience/fallback/index.js'
import { hedgeStage } from '../../src/resilience/hedge/index.js'
import { ConcurrentBudget, retryStage } from '../../src/resilience/retry/index.js'
import { giveReplayMemory, takeReplayMemory } from '../../src/resilience/retry/replay-memory.js'
import { attemptTimeoutStage, deadlineStage, idleTimeoutStage } from '../../src/resilience/timeout/index.js'
import {
  type FakeClock,
  fakeClock,
  type ScriptedUpstream,
  scriptedUpstream,
  type UpstreamStep,
} from '../../src/testing/index.js'
import { seededRandom } from '../faults/seeded-random.js'

const seed = Number(process.env.CHAOS_SEED ?? Math.floor(Math.random() * 2 ** 32))
const random = seededRandom(seed)
/** Below `n`. */
const draw = (n: number): number => Math.floor(random() * n)
const oneIn = (n: number): boolean => draw(n) === 0

const unhandled: unknown[] = []
const onUnhandled = (reason: unknown): void => void unhandled.push(reason)
beforeEach(() => void process.on('unhandledRejection', onUnhandled))
afterEach(() => void process.off('unhandledRejection', onUnhandled))

const failures: readonly MeshErrorCode[] = [
  'ERR_MESH_CONNECT',
  'ERR_MESH_RESET_BEFORE_RESPONSE',
  'ERR_MESH_PROTOCOL',
  'ERR_MESH_OVERFLOW',
]
const steps: readonly (() => UpstreamStep)[] = [
  () => ({ fail: failures[draw(failures.length)] ?? 'ERR_MESH_RESET', delayMs: draw(2) * draw(60) }),
  () => ({ reply: 503, delayMs: draw(40), body: 'no', bodyDelayMs: draw(2) * draw(200) }),
  () => ({ reply: 503, headers: { 'retry-after': '1' } }),
  () => ({ hang: 'headers' }),
  () => ({ hang: 'body' }),
  () => ({ truncate: draw(5) }),
  () => ({ reply: 200, delayMs: draw(100), body: 'abc', dripMs: draw(2) * draw(30) }),
  () => ({ reply: 200, body: 'abc', headers: oneIn(2) ? { 'content-length': '3' } : {} }),
]

/** Some of the policies that a call can pass, in their order. */
function somePolicies(clock: FakeClock, permits: ConcurrentBudget): Interceptor<ClientCall>[] {
  const observer = new Observer()
  const deps = { clock, observer, random, classifier: httpClassifier, permits: () => permits }
  const retry = { attempts: 1 + draw(4), on: ['5xx'], budget: false, backoff: { base: 1 + draw(50) } } as const
  const all = [
    fallbackStage(oneIn(2) ? { body: 'instead' } : async () => undefined, deps),
    deadlineStage(50 + draw(300), { clock, settles: oneIn(2) }),
    coalesceStage(true, deps),
    retryStage(retry, deps),
    hedgeStage({ after: 10 + draw(40), max: 1 + draw(3) }, deps),
    attemptTimeoutStage(10 + draw(80), deps),
    idleTimeoutStage(10 + draw(80), deps),
  ]
  return all.filter(() => !oneIn(3))
}

function someCall(): ClientCall {
  if (!oneIn(3)) return clientCall({ service: 'api' })
  const pieces = Array.from({ length: 1 + draw(4) }, () => 'y'.repeat(1 + draw(50_000)))
  return clientCall({ service: 'api', method: 'PUT', body: oneIn(2) ? 'bytes' : Readable.from(pieces) })
}

const ways: readonly ((reply: Reply) => unknown)[] = [
  ({ body }) => body.bytes(),
  ({ body }) => body.cancel(),
  ({ body }) => body.dump(),
  async ({ body }) => {
    for await (const _ of body.stream());
  },
]

/** Reads what was uploaded, as a server does. */
function takeUploads({ calls }: ScriptedUpstream): void {
  for (const { body } of calls)
    if (body instanceof Readable && body.listenerCount('error') === 0) body.on('error', () => {}).resume()
}

/** Whether no request body is kept for a retry any more: then all of the memory for them can be had. */
function replayMemoryIsFree(): boolean {
  const all = 64 * 1024 * 1024
  const free = takeReplayMemory(all)
  if (free) giveReplayMemory(all)
  return free
}

async function oneRound(): Promise<void> {
  const clock = fakeClock()
  const permits = new ConcurrentBudget({ percent: 0, minConcurrency: 2 }, () => 0)
  const upstream = scriptedUpstream(() => steps[draw(steps.length)]?.() ?? { reply: 200 }, { clock })
  const send = compose(somePolicies(clock, permits), upstream)
  const calls = Array.from({ length: 1 + draw(6) }, someCall)
  let ended = 0
  for (const call of calls) {
    const way = ways[draw(ways.length)]
    send(call)
      .then(way)
      .catch(() => {})
      .finally(() => ended++)
    if (oneIn(3)) clock.setTimer(() => call.cancel(new Error('gave up')), draw(200))
    await clock.advance(draw(20))
    if (oneIn(2)) takeUploads(upstream)
  }
  for (let ms = 0; ms < 2_000; ms += 100) {
    await clock.advance(100)
    takeUploads(upstream)
  }
  // What hangs without a deadline.
  for (const call of calls) call.cancel(new Error('the end'))
  await clock.advance(400_000)
  expect({ ended, active: upstream.active, timers: clock.pending, free: replayMemoryIsFree() }).toEqual({
    ended: calls.length,
    active: 0,
    timers: 0,
    free: true,
  })
  expect([permits.tryAcquire(), permits.tryAcquire()]).toEqual([true, true])
}

describe(`policies together, whatever happens (CHAOS_SEED=${seed})`, () => {
  it('every call ends, and nothing is held for it any more: exchange, timer, permit, memory', async () => {
    for (let round = 0; round < 500; round++) await oneRound()
    expect(unhandled).toEqual([])
  }, 60_000)
})
