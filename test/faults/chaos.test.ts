import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { ServiceConfig } from '../../src/config/service.js'
import type { ClientCall } from '../../src/core/call.js'
import { systemClock } from '../../src/core/clock.js'
import type { MeshErrorCode } from '../../src/core/error-codes.js'
import { isMeshError, type MeshError } from '../../src/core/errors.js'
import type { Interceptor } from '../../src/core/interceptor.js'
import type { Reply } from '../../src/core/reply.js'
import type { FaultStep, FaultyRequest } from '../../src/testing/index.js'
import { type ApiMesh, endpointsOf, expectNothingLeaks, meshTo, serving } from './scaffold.js'
import { seededRandom } from './seeded-random.js'

const calls = 10_000
const callers = 40
const permits = 60
const timeoutMs = 500
const perTryMs = 200
const resetMs = 40
const policies: Omit<ServiceConfig<never>, 'endpoints'> = {
  timeout: timeoutMs,
  retry: { attempts: 2, perTryTimeout: perTryMs, on: ['5xx', 'reset', 'connect-failure'], backoff: { base: 2 } },
  circuitBreaker: { errorThresholdPercentage: 50, rollingWindow: 500, resetTimeout: resetMs },
  outlierDetection: { consecutive5xxErrors: 3, interval: 20, baseEjectionTime: 20 },
  limits: { maxConnections: permits, maxPendingRequests: 0 },
}

const seed = Number(process.env.CHAOS_SEED ?? Math.floor(Math.random() * 2 ** 32))
const random = seededRandom(seed)
const gaveUp = new Error('the caller gave up')

/** What the server does. After `last` it ends the connection unannounced, which a request may meet: the `race`. */
type Fault =
  | 'none'
  | 'last'
  | 'race'
  | 'reset'
  | 'close'
  | 'cut'
  | 'late reset'
  | 'silent'
  | 'stall'
  | 'garbage'
  | 'busy'

const steps: Readonly<Record<Fault, (body: string) => FaultStep>> = {
  none: (body) => ({ reply: 200, body }),
  last: (body) => ({ reply: 200, body, ending: random() < 0.5 ? 'close' : 'reset' }),
  race: () => ({ hang: 'headers' }),
  reset: () => ({ drop: 'reset' }),
  close: () => ({ drop: 'close' }),
  cut: () => ({ truncate: Math.floor(random() * 20), chunked: random() < 0.5 }),
  'late reset': () => ({ truncate: Math.floor(random() * 20), ending: 'reset' }),
  silent: () => ({ hang: 'headers' }),
  stall: () => ({ hang: 'body' }),
  garbage: () => ({ raw: 'SSH-2.0-nope\r\n\r\n' }),
  busy: () => ({ reply: 503 }),
}

/** The error that each fault must lead to; timeouts are judged by the time they took. */
const fitting: Readonly<Partial<Record<Fault, MeshErrorCode>>> = {
  race: 'ERR_MESH_RESET_BEFORE_RESPONSE',
  reset: 'ERR_MESH_RESET_BEFORE_RESPONSE',
  close: 'ERR_MESH_RESET_BEFORE_RESPONSE',
  cut: 'ERR_MESH_TRUNCATED',
  'late reset': 'ERR_MESH_TRUNCATED',
  garbage: 'ERR_MESH_PROTOCOL',
}

const faults: readonly Fault[] = ['reset', 'close', 'cut', 'late reset', 'silent', 'stall', 'garbage', 'busy']

/** One request in six meets a fault; in storms, the last 500 of every 2,500, four of five do. */
function weather(n: number): Fault {
  if (calm) return 'none'
  const storm = n % 2_500 >= 2_000
  if (random() < (storm ? 0.8 : 0.16)) return faults[Math.floor(random() * faults.length)] ?? 'none'
  return random() < 0.1 ? 'last' : 'none'
}

/** What each attempt has met, by call and attempt. */
const met = new Map<string, Fault>()
let requests = 0
let calm = false

/** Lets the server tell the attempts of a call apart. */
const numbered: Interceptor<ClientCall> = (call, next) => {
  call.headers.set('x-attempt', String(call.attempt + 1))
  return next(call)
}

function chaos(): (request: FaultyRequest) => FaultStep {
  const ending = new Set<number>()
  return function misbehave({ headers, connection }) {
    const id = headers.get('x-call') ?? ''
    const fault = ending.has(connection) ? 'race' : weather(++requests)
    if (fault === 'last') ending.add(connection)
    met.set(`${id}.${headers.get('x-attempt')}`, fault)
    return steps[fault](`call ${id}`)
  }
}

/** Whether a code is what the last attempt's fault, or the time that has passed, must lead to. */
function explains({ code, origin, attempts }: MeshError, id: string, tookMs: number): boolean {
  if (code === 'ERR_MESH_TIMEOUT') return tookMs >= timeoutMs - 1
  if (code === 'ERR_MESH_ATTEMPT_TIMEOUT') return tookMs >= perTryMs - 1
  if (code === 'ERR_MESH_CIRCUIT_OPEN' || code === 'ERR_MESH_OVERFLOW') return origin === 'local'
  const fault = met.get(`${id}.${attempts}`)
  // Reached nobody: it was written to a connection that was ending.
  return fault === undefined ? code === 'ERR_MESH_RESET_BEFORE_RESPONSE' : fitting[fault] === code
}

/** Takes a reply in one of the ways that users have, and sees that it is this call's. */
async function take(reply: Reply, id: string): Promise<void> {
  const way = random()
  if (way < 0.1) return reply.body.cancel()
  if (way < 0.2) return reply.body.dump()
  if (way < 0.25) return
  let text = ''
  if (way < 0.6) text = await reply.body.text()
  else for await (const chunk of reply.body.stream()) text += chunk
  if (reply.status === 200) expect(text).toBe(`call ${id}`)
}

interface Tally {
  readonly outcomes: Map<string, number>
  readonly unexplained: unknown[]
}

async function callOnce(mesh: ApiMesh, id: string, unexplained: unknown[]): Promise<string> {
  const start = performance.now()
  const impatient = random() < 0.05 ? new AbortController() : undefined
  const timer = impatient && systemClock.setTimer(() => impatient.abort(gaveUp), random() * 60)
  try {
    const method = random() < 0.3 ? 'POST' : 'GET'
    const reply = await mesh.request({ service: 'api', method, headers: { 'x-call': id }, signal: impatient?.signal })
    await take(reply, id)
    return String(reply.status)
  } catch (error) {
    if (error === gaveUp && impatient !== undefined) return 'gave up'
    const tookMs = performance.now() - start
    if (isMeshError(error) && explains(error, id, tookMs)) return error.code
    unexplained.push({ id, tookMs, error, met: [1, 2, 3].map((attempt) => met.get(`${id}.${attempt}`)) })
    return 'unexplained'
  } finally {
    timer?.cancel()
  }
}

async function unleash(mesh: ApiMesh): Promise<Tally> {
  const tally: Tally = { outcomes: new Map(), unexplained: [] }
  let left = calls
  async function caller(): Promise<void> {
    while (left > 0) {
      const outcome = await callOnce(mesh, String(left--), tally.unexplained)
      tally.outcomes.set(outcome, (tally.outcomes.get(outcome) ?? 0) + 1)
      if (outcome === 'ERR_MESH_CIRCUIT_OPEN') await setTimeout(resetMs)
    }
  }
  await Promise.all(Array.from({ length: callers }, caller))
  return tally
}

/** How many of `n` calls that start together find no permit. */
async function overflowsOf(mesh: ApiMesh, n: number): Promise<number> {
  const codes = Array.from({ length: n }, () =>
    mesh.request({ service: 'api' }).then(
      (reply) => reply.body.text(),
      (error: unknown) => (isMeshError(error) ? error.code : 'foreign'),
    ),
  )
  return (await Promise.all(codes)).filter((code) => code === 'ERR_MESH_OVERFLOW').length
}

describe(`${calls} calls through resets, cuts and stalls (CHAOS_SEED=${seed})`, () => {
  expectNothingLeaks()

  it('fail only with MeshErrors that fit, and leave no count, permit, handle, listener or rejection behind', async () => {
    const mesh = meshTo([await serving(chaos()), await serving(chaos()), await serving(chaos())], policies, {
      interceptors: [{ stage: 'transport', place: 'before', intercept: numbered }],
    })
    const seen = new Set<string>()
    for (const event of ['retry', 'ejection', 'breaker', 'retry-suppressed'] as const)
      mesh.on(event, () => seen.add(event))

    const { outcomes, unexplained } = await unleash(mesh)
    expect(unexplained).toEqual([])
    expect(seen).toEqual(new Set(['retry', 'ejection', 'breaker', 'retry-suppressed']))
    for (const outcome of ['200', 'gave up', ...new Set(Object.values(fitting)), 'ERR_MESH_TIMEOUT'])
      expect(outcomes.get(outcome), outcome).toBeGreaterThan(0)

    await expect.poll(() => endpointsOf(mesh).map(({ active }) => active)).toEqual([0, 0, 0])
    calm = true
    await expect.poll(() => mesh.request({ service: 'api' }).then(({ status }) => status, String)).toBe(200)
    await expect.poll(() => endpointsOf(mesh).map(({ active }) => active)).toEqual([0, 0, 0])
    expect(await overflowsOf(mesh, permits + 1)).toBe(1)
  }, 60_000)

  it('a close in the middle of it breaks off what hangs, and every call ends', async () => {
    const mesh = meshTo([await serving(chaos())], { retry: { attempts: 2, on: ['5xx'] } })
    calm = false
    const pending = Promise.allSettled(
      Array.from({ length: 200 }, () => mesh.request({ service: 'api' }).then((reply) => reply.body.text())),
    )
    await mesh.close({ timeout: 100 })
    const errors = (await pending).filter((one) => one.status === 'rejected').map(({ reason }) => reason)
    expect(errors.filter((error) => !isMeshError(error))).toEqual([])
    expect(errors.some((error) => isMeshError(error) && error.code === 'ERR_MESH_CLOSED')).toBe(true)
    await expect(mesh.request({ service: 'api' })).rejects.toMatchObject({ code: 'ERR_MESH_CLOSED' })
  })
})
