import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { type BodyInit, wireBody } from '../../../src/core/body.js'
import type { ClientCall } from '../../../src/core/call.js'
import { MeshError } from '../../../src/core/errors.js'
import { guarding } from '../../../src/core/guard.js'
import { compose } from '../../../src/core/interceptor.js'
import { Observer } from '../../../src/core/observer.js'
import type { Reply } from '../../../src/core/reply.js'
import { Limiter } from '../../../src/resilience/concurrency/index.js'
import { RetryBudget, type RetryDeps, type RetryOptions, retryStage } from '../../../src/resilience/retry/index.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'
import { answer, callTo, fail, hang, recorded, type Step, stateOf, upstream } from '../upstream.js'

function given(options: RetryOptions, steps: Step[], deps: Partial<RetryDeps> = {}) {
  const clock = fakeClock()
  const peer = upstream(...steps)
  const { observer, events } = recorded('retry', 'retry-suppressed')
  const stage = retryStage(options, { clock, random: () => 0.5, observer, ...deps })
  return { clock, peer, events, send: (call: ClientCall) => stage(call, peer.handler) }
}

/** Runs the clock until a call has ended. */
async function ended(clock: ReturnType<typeof fakeClock>, reply: Promise<Reply>): Promise<Reply> {
  reply.catch(() => {})
  for (let i = 0; i < 100 && (await stateOf(reply)) === 'pending'; i++) await clock.advance(10)
  return reply
}

const sentReset = fail('ERR_MESH_RESET_BEFORE_RESPONSE', { sent: true })
const connect = fail('ERR_MESH_CONNECT')

describe('a retry', () => {
  it('makes a failed attempt again, each on a fork of its own', async () => {
    const { clock, peer, events, send } = given({ on: ['5xx'] }, [answer(503), connect, answer(200)])
    const call = callTo()
    expect(await ended(clock, send(call))).toMatchObject({ status: 200 })
    expect(peer.exchanges.map(({ call: fork }) => fork.attempt)).toEqual([0, 1, 2])
    expect(new Set([call, ...peer.exchanges.map((exchange) => exchange.call)]).size).toBe(4)
    expect(call.attempt).toBe(2)
    expect(events).toEqual([
      { service: 'reviews', attempt: 1, reason: '5xx', delayMs: 12 },
      { service: 'reviews', attempt: 2, reason: '5xx', delayMs: 25 },
    ])
  })

  it('lets an attempt know where those before it went', async () => {
    const seen: string[][] = []
    function at(id: string): Step {
      return (exchange) => {
        const { call } = exchange
        seen.push((call.tried ?? []).map((one) => one.id))
        call.endpoint = { id, scheme: 'http', host: id, port: 80, origin: `http://${id}` }
        call.tried?.push(call.endpoint)
        exchange.fail('ERR_MESH_CONNECT')
      }
    }
    const { clock, send } = given({}, [at('a'), at('b'), at('c')])
    const call = callTo()
    await expect(ended(clock, send(call))).rejects.toMatchObject({ code: 'ERR_MESH_CONNECT' })
    expect(seen).toEqual([[], ['a'], ['a', 'b']])
    expect(call.tried?.map((one) => one.id)).toEqual(['a', 'b', 'c'])
  })

  it('shows where the attempts of its one attempt landed, as those of hedging do', async () => {
    const places = ['a', 'b'].map((id) => ({ id, scheme: 'http', host: id, port: 80, origin: `http://${id}` }) as const)
    const hedged: Step = (exchange) => {
      exchange.call.tried = [...places]
      exchange.call.endpoint = places[1]
      exchange.headers(200).end()
    }
    const { clock, send } = given({}, [hedged])
    const call = callTo()
    await ended(clock, send(call))
    expect(call.tried).toEqual(places)
  })

  it('lets an attempt change nothing for the next', async () => {
    const mark: Step = (exchange) => {
      exchange.call.headers.set('x-marked', 'yes')
      exchange.call.path = '/elsewhere'
      exchange.fail('ERR_MESH_CONNECT')
    }
    const { clock, peer, send } = given({}, [mark, answer(200)])
    await ended(clock, send(callTo()))
    expect(peer.last.call.path).toBe('/')
    expect(peer.last.call.headers.has('x-marked')).toBe(false)
  })

  it.each([
    ['retries are spent', 2, 3],
    ['there is one', 1, 2],
    ['there are none', 0, 1],
  ])('returns the last reply with its body when %s', async (_, attempts, made) => {
    const last: Step = (exchange) => void exchange.headers(503).end('the last')
    const steps = [...Array<Step>(made - 1).fill(answer(500)), last]
    const { clock, peer, events, send } = given({ attempts, on: ['5xx'] }, steps)
    const reply = await ended(clock, send(callTo()))
    expect(await reply.body.text()).toBe('the last')
    expect(peer.exchanges).toHaveLength(made)
    expect(events.at(-1)).toEqual({ service: 'reviews', reason: 'attempts' })
  })

  it('throws the last error and says how many attempts were made', async () => {
    const { clock, send } = given({ attempts: 2 }, [connect])
    await expect(ended(clock, send(callTo()))).rejects.toMatchObject({ code: 'ERR_MESH_CONNECT', attempts: 3 })
  })

  it.each<[string, Step]>([
    ['a success', answer(200)],
    ['a 4xx', answer(404)],
    ['a local rejection', fail('ERR_MESH_OVERFLOW')],
    ['a deadline', fail('ERR_MESH_TIMEOUT')],
  ])('does nothing about %s', async (_, step) => {
    const { peer, events, send } = given({ on: ['5xx', 'reset', 'connect-failure'] }, [step])
    await send(callTo()).catch(() => {})
    expect(peer.exchanges).toHaveLength(1)
    expect(events).toEqual([])
  })

  it.each<[string, Step, number, string?]>([
    ['a connection that failed', connect, 3],
    ['a reset before anything was sent', fail('ERR_MESH_RESET_BEFORE_RESPONSE'), 3],
    ['a reset after', sentReset, 3],
    ['a reset after, of what may have taken effect', sentReset, 1, 'POST'],
    ['a 503', answer(503), 1],
  ])('by default: %s', async (_, step, made, method = 'GET') => {
    const { clock, peer, send } = given({}, [step])
    await ended(clock, send(callTo(method))).catch(() => {})
    expect(peer.exchanges).toHaveLength(made)
  })

  it('rethrows what is no MeshError untouched', async () => {
    const thrown = new TypeError('a bug')
    const { peer, send } = given({ on: ['5xx'] }, [
      () => {
        throw thrown
      },
    ])
    await expect(send(callTo())).rejects.toBe(thrown)
    expect(peer.exchanges).toHaveLength(1)
  })
})

describe('what comes of a call', () => {
  /** What a guard around the retries is told. */
  async function told(end: (call: ClientCall) => Promise<Reply>): Promise<string[]> {
    const log: string[] = []
    const watch = guarding<ClientCall>(() => ({
      replied: ({ status }) => void log.push(String(status)),
      failed: (error) => void log.push(String(error)),
    }))
    const stage = retryStage({ attempts: 1 }, { clock: fakeClock(), random: () => 0.5, observer: new Observer() })
    await compose([watch, stage], end)(callTo()).catch(() => {})
    return log
  }

  it('is told once to what is around it, even where it cannot be judged', async () => {
    const frozen = Object.freeze(new MeshError('ERR_MESH_CONNECT', 'shared by all'))
    expect(await told(() => Promise.reject(frozen))).toEqual([expect.stringContaining('read only')])
    const noReply = async (): Promise<Reply> => JSON.parse('null')
    expect(await told(noReply)).toEqual([expect.stringContaining('TypeError')])
  })
})

describe('what may be repeated', () => {
  const on: RetryOptions['on'] = ['5xx', 'reset']
  const keyed = { headers: { 'Idempotency-Key': '7' } }

  it.each<[string, string, RetryOptions, object, Step, boolean]>([
    ['GET after bytes were sent', 'GET', {}, {}, sentReset, true],
    ['PUT after bytes were sent', 'PUT', {}, {}, sentReset, true],
    ['DELETE after a 503', 'DELETE', {}, {}, answer(503), true],
    ['POST after bytes were sent', 'POST', {}, {}, sentReset, false],
    ['POST after a 503', 'POST', {}, {}, answer(503), false],
    ['PATCH after an attempt timeout', 'PATCH', {}, {}, fail('ERR_MESH_ATTEMPT_TIMEOUT', { sent: true }), false],
    ['POST of which nothing was sent', 'POST', {}, {}, connect, true],
    [
      'POST that was refused unprocessed',
      'POST',
      {},
      {},
      fail('ERR_MESH_RESET', { sent: true, detail: 'refused' }),
      true,
    ],
    ['POST with an idempotency key', 'POST', {}, keyed, sentReset, true],
    ['POST with a key in another header', 'POST', { idempotencyHeader: 'X-Once' }, keyed, sentReset, false],
    [
      'POST with a key in the header configured',
      'POST',
      { idempotencyHeader: 'X-Once' },
      { headers: { 'x-once': '7' } },
      sentReset,
      true,
    ],
    ['POST as Envoy does it', 'POST', { unsafe: true }, {}, answer(503), true],
  ])('%s: retried is %s', async (_, method, options, init, step, retried) => {
    const { clock, peer, events, send } = given({ on, ...options }, [step, answer(200)])
    await ended(clock, send(callTo(method, init))).catch(() => {})
    expect(peer.exchanges).toHaveLength(retried ? 2 : 1)
    if (!retried) expect(events).toEqual([{ service: 'reviews', reason: 'method' }])
    else
      expect(peer.last.call.headers.get('idempotency-key')).toBe(peer.exchanges[0]?.call.headers.get('idempotency-key'))
  })

  it.each<[string, BodyInit, boolean, number | undefined]>([
    ['none', undefined, true, undefined],
    ['bytes', 'text', true, undefined],
    ['a factory', () => Readable.from(['text']), true, undefined],
    ['a stream', Readable.from(['text']), true, undefined],
    ['a stream that is not kept', Readable.from(['text']), false, 0],
  ])('a body that is %s', async (_, body, retried, replayBuffer) => {
    const use: Step = (exchange) => {
      wireBody(exchange.call.body)
      exchange.fail('ERR_MESH_RESET', { sent: true })
    }
    const { clock, peer, events, send } = given({ on, replayBuffer }, [use, answer(200)])
    await ended(clock, send(callTo('PUT', { body }))).catch(() => {})
    expect(peer.exchanges).toHaveLength(retried ? 2 : 1)
    if (!retried) expect(events).toEqual([{ service: 'reviews', reason: 'body' }])
  })

  it('a stream that nobody has touched is sent by the retry', async () => {
    const { clock, peer, send } = given({ on }, [connect, answer(200)])
    await ended(clock, send(callTo('POST', { body: Readable.from(['text']) })))
    expect(peer.exchanges).toHaveLength(2)
  })
})

describe('what bounds retries', () => {
  it.each([
    ['no time is left for the back-off', 12, 1],
    ['there is', 13, 2],
  ])('the deadline: %s', async (_, leftMs, made) => {
    const { clock, peer, events, send } = given({ on: ['5xx'] }, [answer(503), answer(200)])
    const call = callTo()
    call.deadline = clock.now() + leftMs
    expect(await ended(clock, send(call))).toMatchObject({ status: made === 1 ? 503 : 200 })
    expect(peer.exchanges).toHaveLength(made)
    if (made === 1) expect(events).toEqual([{ service: 'reviews', reason: 'deadline' }])
  })

  it('the budget: 10,000 calls that all fail make at most 11,010 attempts', async () => {
    const clock = fakeClock()
    const budget = new RetryBudget({}, clock)
    const { peer, events, send } = given({ on: ['5xx'], attempts: 3 }, [answer(503)], { clock, budget })
    const replies = Array.from({ length: 10_000 }, () => send(callTo()))
    for (let i = 0; i < 10; i++) await clock.advance(50)
    await Promise.all(replies)
    expect(peer.exchanges.length).toBeGreaterThan(10_900)
    expect(peer.exchanges.length).toBeLessThanOrEqual(11_010)
    expect(events).toContainEqual({ service: 'reviews', reason: 'budget' })
  })

  it('the limit of concurrent retries, given back when a retry is answered', async () => {
    const retries = new Limiter(
      { maxRetries: 1 },
      { clock: fakeClock(), observer: recorded('retry').observer, random: () => 0 },
    ).retries
    const { clock, peer, events, send } = given({ on: ['5xx'], attempts: 1 }, [answer(503), answer(503), answer(200)], {
      permits: () => retries,
    })
    const first = send(callTo())
    const second = send(callTo())
    expect(await second).toMatchObject({ status: 503 })
    expect(events).toContainEqual({ service: 'reviews', reason: 'overflow' })
    expect(await ended(clock, first)).toMatchObject({ status: 200 })
    expect(retries?.taken).toBe(0)
    expect(peer.exchanges).toHaveLength(3)
  })

  it('the limit of concurrent retries: a call needs one permit, however often it retries', async () => {
    const retries = new Limiter(
      { maxRetries: 1 },
      { clock: fakeClock(), observer: recorded('retry').observer, random: () => 0 },
    ).retries
    const { clock, peer, send } = given({ on: ['5xx'], attempts: 3 }, [answer(503)], { permits: () => retries })
    await ended(clock, send(callTo()))
    expect(peer.exchanges).toHaveLength(4)
    expect(retries?.taken).toBe(0)
  })

  it.each([
    ['no connection in time', 'connect', 200],
    ['no handshake in time, which the peer may have worked on', 'handshake', undefined],
  ])('the budget, but for what has put no load on anybody: %s', async (_what, phase, status) => {
    const clock = fakeClock()
    const budget = new RetryBudget({ ratio: 0, minPerSecond: 0 }, clock)
    const { send } = given({}, [fail('ERR_MESH_CONNECT_TIMEOUT', { phase }), answer(200)], { clock, budget })
    const outcome = ended(clock, send(callTo())).catch((error: unknown) => error)
    expect(await outcome).toMatchObject(status === undefined ? { code: 'ERR_MESH_CONNECT_TIMEOUT' } : { status })
  })

  it('a spent budget takes no permit', async () => {
    const clock = fakeClock()
    const budget = new RetryBudget({ ratio: 0, minPerSecond: 0 }, clock)
    const retries = new Limiter({ maxRetries: 1 }, { clock, observer: recorded('retry').observer, random: () => 0 })
      .retries
    const { send } = given({ on: ['5xx'] }, [answer(503)], { clock, budget, permits: () => retries })
    expect(await send(callTo())).toMatchObject({ status: 503 })
    expect(retries?.taken).toBe(0)
  })
})

describe('the wait before a retry', () => {
  const asked = (value: string, status = 503): Step => answer(status, { 'retry-after': value })

  it.each<[string, RetryOptions, Step, number]>([
    ['is as long as a 503 asks', {}, asked('2'), 2_000],
    ['is as long as a 429 asks', { on: [429] }, asked('2', 429), 2_000],
    ['is as long as a date says', {}, asked(new Date(Date.UTC(2026, 0, 1, 0, 0, 3)).toUTCString()), 3_000],
    ['is the back-off when the header is garbage', {}, asked('soon'), 12],
    ['is the back-off when the header is negative', {}, asked('-1'), 12],
    ['is the back-off where Envoy’s semantics are wanted', { retryAfter: false }, asked('2'), 12],
    ['has a lower bound', { backoff: { min: '70ms', base: '100ms' } }, answer(503), 120],
    ['follows the configured back-off', { backoff: { base: '100ms', max: '200ms' } }, answer(503), 50],
  ])('%s', async (_, options, step, delayMs) => {
    const { clock, peer, events, send } = given({ on: ['5xx'], ...options }, [step, answer(200)])
    const reply = send(callTo())
    await stateOf(reply)
    expect(events).toMatchObject([{ delayMs }])
    await clock.advance(delayMs - 1)
    expect(peer.exchanges).toHaveLength(1)
    await clock.advance(1)
    expect(await reply).toMatchObject({ status: 200 })
  })

  it.each([
    ['past the deadline', '2', 1_000],
    ['for longer than anybody should wait', '1000000000', Number.POSITIVE_INFINITY],
  ])('does not happen when the server asks for a time %s', async (_, value, leftMs) => {
    const { clock, events, send } = given({ on: ['5xx'] }, [asked(value), answer(200)])
    const call = callTo()
    call.deadline = clock.now() + leftMs
    expect(await send(call)).toMatchObject({ status: 503 })
    expect(events).toEqual([{ service: 'reviews', reason: 'deadline' }])
  })

  it('ends at once when the call is cancelled, with the caller’s own reason', async () => {
    const { clock, peer, send } = given({ on: ['5xx'] }, [asked('20')])
    const call = callTo()
    const reply = send(call)
    await stateOf(reply)
    expect(call.phase).toBe('backoff')
    const gone = expect(reply).rejects.toBe('the user left')
    call.cancel('the user left')
    await gone
    expect(clock.pending).toBe(0)
    expect(peer.exchanges).toHaveLength(1)
  })
})

describe('cancellation', () => {
  it('stops the attempt under way and is never retried', async () => {
    const { peer, events, send } = given({ on: ['5xx', 'reset'] }, [hang])
    const call = callTo()
    const gone = expect(send(call)).rejects.toBe('the user left')
    call.cancel('the user left')
    await gone
    expect(peer.last.cancelledWith).toBe('the user left')
    expect(peer.exchanges).toHaveLength(1)
    expect(events).toEqual([])
  })

  it('reaches the reply body of the attempt that won', async () => {
    const { clock, peer, send } = given({ on: ['5xx'] }, [answer(503), (exchange) => void exchange.headers(200)])
    const call = callTo()
    const reply = await ended(clock, send(call))
    const text = expect(reply.body.text()).rejects.toBe('the user left')
    call.cancel('the user left')
    await text
    expect(peer.last.cancelledWith).toBe('the user left')
  })

  it('ends a call whose attempt failed with an error of its own meanwhile', async () => {
    const { peer, send } = given({ on: ['reset'] }, [hang])
    const call = callTo()
    const failed = expect(send(call)).rejects.toMatchObject({ code: 'ERR_MESH_RESET' })
    peer.last.fail('ERR_MESH_RESET')
    call.cancel('the user left')
    await failed
    expect(peer.exchanges).toHaveLength(1)
  })
})

describe('a reply that is discarded', () => {
  const open: Step = (exchange) => void exchange.headers(503)

  it('is not what its call waits for, and ends with the call', async () => {
    const { clock, peer, send } = given({ on: ['5xx'] }, [open, hang])
    const call = callTo()
    const reply = expect(send(call)).rejects.toBe('gone')
    for (let i = 0; i < 100 && peer.exchanges.length < 2; i++) await clock.advance(10)
    peer.last.phase = 'queue'
    expect(call.phase).toBe('queue')
    call.cancel('gone')
    expect(peer.exchanges[0]?.cancelledWith).toBe('gone')
    await reply
  })

  it('is read on, so that its connection can serve again', async () => {
    const { clock, peer, send } = given({ on: ['5xx'] }, [open, answer(200)])
    const reply = send(callTo())
    await stateOf(reply)
    expect(peer.exchanges[0]?.resumed).toBe(1)
    peer.exchanges[0]?.end('nobody reads this')
    expect(await ended(clock, reply)).toMatchObject({ status: 200 })
    expect(peer.exchanges[0]?.cancelledWith).toBeUndefined()
  })

  it('is given up when it is still not over after the next attempt', async () => {
    const { clock, peer, send } = given({ on: ['5xx'] }, [open, answer(200)])
    await ended(clock, send(callTo()))
    expect(peer.exchanges[0]?.cancelledWith).toMatchObject({ code: 'ERR_MESH_ABORTED', origin: 'local' })
  })

  it('ends its lease, so that nothing is held for it', async () => {
    const { clock, peer, send } = given({ on: ['5xx'] }, [open, answer(200)])
    await ended(clock, send(callTo()))
    expect(peer.exchanges[0]?.body?.lease.ended).toBe(true)
  })
})

describe('what a gRPC callee says about retries', () => {
  const grpc = { headers: { 'content-type': 'application/grpc' } }
  const refusing = (pushback: string) => answer(200, { 'grpc-status': '14', 'grpc-retry-pushback-ms': pushback })

  it('is how long to wait', async () => {
    const { clock, events, send } = given({ on: ['unavailable'], unsafe: true }, [refusing('700'), answer(200)])
    await ended(clock, send(callTo('POST', grpc)))
    expect(events).toMatchObject([{ reason: 'unavailable', delayMs: 700 }])
  })

  it.each(['-1', 'soon', '1e9'])('forbids the retry with %s', async (pushback) => {
    const { clock, peer, events, send } = given({ on: ['unavailable'], unsafe: true }, [refusing(pushback)])
    await ended(clock, send(callTo('POST', grpc)))
    expect(peer.exchanges).toHaveLength(1)
    expect(events).toEqual([{ service: 'reviews', reason: 'pushback' }])
  })
})

describe('retries that are only observed', () => {
  it('are reported and not made', async () => {
    const { observer, events } = recorded('observed')
    const options: RetryOptions = { on: ['5xx'], mode: 'observe' }
    const { peer, send } = given(options, [answer(503)], { observer })
    expect(await send(callTo())).toMatchObject({ status: 503 })
    expect(peer.exchanges).toHaveLength(1)
    expect(events).toEqual([{ service: 'reviews', policy: 'retry', action: 'retry', detail: '5xx' }])
  })

  it('count against the budget, and are reported as suppressed beyond it', async () => {
    const { observer, events } = recorded('observed')
    const clock = fakeClock()
    const budget = new RetryBudget({ ratio: 0, minPerSecond: 0.1 }, clock)
    const { send } = given({ on: ['5xx'], mode: 'observe' }, [answer(503)], { observer, budget })
    await send(callTo())
    await send(callTo())
    expect(events.map(({ action, detail }) => [action, detail])).toEqual([
      ['retry', '5xx'],
      ['suppress', 'suppressed: budget'],
    ])
  })
})

it('a failure after a retry says so in the words of Envoy', async () => {
  const body = 'upstream connect error or disconnect/reset before headers. reset reason: connection termination'
  const reset = (): Step => fail('ERR_MESH_RESET_BEFORE_RESPONSE', { sent: true, body })
  const { clock, send } = given({ on: ['reset'], attempts: 1 }, [reset()])
  await expect(ended(clock, send(callTo()))).rejects.toMatchObject({
    body: 'upstream connect error or disconnect/reset before headers. retried and the latest reset reason: connection termination',
  })
})
