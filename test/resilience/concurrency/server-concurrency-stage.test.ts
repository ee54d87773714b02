import { describe, expect, it } from 'vitest'
import { httpClassifier } from '../../../src/core/classifier.js'
import { HeaderMap } from '../../../src/core/headers.js'
import { Reply } from '../../../src/core/reply.js'
import { ReplyBody } from '../../../src/core/reply-body.js'
import { ServerCall } from '../../../src/core/server-call.js'
import { type InboundConcurrencyOptions, serverConcurrencyStage } from '../../../src/resilience/concurrency/index.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'
import { exchange } from '../../core/exchange.js'
import { recorded, stateOf } from '../upstream.js'

function request(priority?: string): ServerCall {
  const headers = HeaderMap.from(priority === undefined ? {} : { priority })
  const from = { remoteAddress: '127.0.0.1', localPort: 80, scheme: 'http' as const }
  return new ServerCall({ method: 'GET', target: '/', headers, ...from, exchange: exchange() })
}

function given(options: InboundConcurrencyOptions) {
  const clock = fakeClock()
  const { observer, events } = recorded('shed', 'observed')
  const stage = serverConcurrencyStage(options, { clock, observer, random: () => 0, classifier: httpClassifier })
  const working: { call: ServerCall; answer: () => void }[] = []
  return {
    clock,
    events,
    working,
    /** A request; the application answers it when told to. */
    send(call = request()): Promise<Reply> {
      const reply = stage(
        call,
        (served) =>
          new Promise((resolve) => {
            working.push({
              call: served,
              answer: () => {
                const body = new ReplyBody(undefined)
                resolve(new Reply(200, new HeaderMap(), body))
                setImmediate(() => body.complete(undefined))
              },
            })
          }),
      )
      reply.catch(() => {})
      return reply
    },
    /** The request that has been worked on longest ends. */
    async end(): Promise<void> {
      working.shift()?.answer()
      await stateOf(Promise.resolve())
      await stateOf(Promise.resolve())
    },
  }
}

const overloaded = { code: 'ERR_MESH_UNAVAILABLE', status: 503, retryAfterMs: 1_000 }

describe('a server with a limit', () => {
  it('works on so many requests, lets some wait, and refuses the rest at once', async () => {
    const { send, working, events } = given({ limit: 2, queue: { size: 1 } })
    const replies = [send(), send(), send()]
    await expect(send()).rejects.toMatchObject({ ...overloaded, detail: 'reached_concurrency_limit' })
    expect(working).toHaveLength(2)
    expect(events).toEqual([{ reason: 'queue-full' }])
    expect(await Promise.all(replies.map(stateOf))).toEqual(['pending', 'pending', 'pending'])
  })

  it('gives a place on when the answer has ended, not when it begins', async () => {
    const { send, end, working } = given({ limit: 1 })
    void send()
    const second = send()
    expect(working).toHaveLength(1)
    await end()
    expect(working).toHaveLength(1)
    await end()
    expect(await second).toMatchObject({ status: 200 })
  })

  it('gives the place of a request that failed on', async () => {
    const clock = fakeClock()
    const { observer } = recorded('shed')
    const deps = { clock, observer, random: () => 0, classifier: httpClassifier }
    const stage = serverConcurrencyStage({ limit: 1, queue: { size: 0 } }, deps)
    for (let i = 0; i < 3; i++)
      await expect(stage(request(), () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
  })

  it('lets nobody wait longer than the interval', async () => {
    const { clock, send } = given({ limit: 1, queue: { interval: '100ms' } })
    void send()
    const late = send()
    await clock.advance(90)
    expect(await stateOf(late)).toBe('pending')
    await clock.advance(20)
    await expect(late).rejects.toMatchObject(overloaded)
  })

  it('drops what has waited for longer than the target once the queue does not empty any more', async () => {
    const { clock, send, end, events } = given({ limit: 1, queue: { target: '5ms', interval: '100ms' } })
    void send()
    const replies: Promise<Reply>[] = []
    for (let i = 0; i < 12; i++) {
      replies.push(send(), send())
      await clock.advance(10)
      await end()
    }
    const states = await Promise.all(replies.map(stateOf))
    expect(states.slice(0, 9)).not.toContain('rejected')
    expect(states).toContain('rejected')
    expect(events.length).toBeGreaterThan(0)
    expect(new Set(events.map((event) => ('reason' in event ? event.reason : '')))).toEqual(new Set(['queue-time']))
  })

  it('forgets a request whose client has gone', async () => {
    const { send, end, working } = given({ limit: 1 })
    void send()
    const gone = request()
    const waiting = send(gone)
    gone.cancel(new Error('client gone'))
    await expect(waiting).rejects.toThrow('client gone')
    const next = send()
    await end()
    expect(working).toHaveLength(1)
    await end()
    expect(await next).toMatchObject({ status: 200 })
  })

  it('says how long to stay away', async () => {
    const { send } = given({ limit: 1, queue: { size: 0 }, retryAfter: '7s' })
    void send()
    await expect(send()).rejects.toMatchObject({ retryAfterMs: 7_000 })
  })

  it('only reports, where it observes', async () => {
    const { send, working, events } = given({ limit: 1, queue: { size: 0 }, mode: 'observe' })
    void send()
    void send()
    expect(working).toHaveLength(2)
    expect(events).toEqual([{ service: '', policy: 'concurrency', action: 'refuse', detail: 'queue-full' }])
  })

  it('reports who would only wait as such, where it observes', async () => {
    const { send, events } = given({ limit: 1, queue: { size: 1 }, mode: 'observe' })
    for (let i = 0; i < 3; i++) void send()
    expect(events).toMatchObject([
      { action: 'wait', detail: 'wait' },
      { action: 'refuse', detail: 'queue-full' },
    ])
  })

  it('gives the place of a request back whose policy hangs, once the request is over', async () => {
    const clock = fakeClock()
    const { observer } = recorded('shed')
    const deps = { clock, observer, random: () => 0, classifier: httpClassifier }
    const stage = serverConcurrencyStage({ limit: 1, queue: { size: 0 } }, deps)
    const call = request()
    const reply = expect(stage(call, () => new Promise(() => {}))).rejects.toThrow('gone')
    call.cancel(new Error('gone'))
    await clock.advance(1_000)
    await reply
    expect(await stage(request(), (next) => next.exchange.serve(next))).toMatchObject({ status: 200 })
  })
})

describe('a server with an adaptive limit', () => {
  const streaming = (): Promise<Reply> => Promise.resolve(new Reply(200, new HeaderMap(), new ReplyBody(undefined)))

  function stageOf(options: InboundConcurrencyOptions) {
    const clock = fakeClock()
    const { observer } = recorded('shed')
    return {
      clock,
      stage: serverConcurrencyStage(options, { clock, observer, random: () => 0, classifier: httpClassifier }),
    }
  }

  it('counts requests until they are answered: streams and downloads hold no place', async () => {
    const { stage } = stageOf({ adaptive: {}, queue: { size: 0 } })
    for (let i = 0; i < 10; i++) expect(await stage(request(), streaming)).toMatchObject({ status: 200 })
  })

  it('works on again when the requests that it measures with hang', async () => {
    const { clock, stage } = stageOf({ adaptive: {}, queue: { size: 0 } })
    for (let i = 0; i < 3; i++) void stage(request(), () => new Promise(() => {}))
    await expect(stage(request(), streaming)).rejects.toMatchObject(overloaded)
    await clock.advance(1_000)
    for (let i = 0; i < 100; i++) expect(await stage(request(), streaming)).toMatchObject({ status: 200 })
  })

  it('works on what waits when the requests that it measures with hang', async () => {
    const { clock, stage } = stageOf({ adaptive: {}, queue: { interval: '5s' } })
    for (let i = 0; i < 3; i++) void stage(request(), () => new Promise(() => {}))
    const waiting = stage(request(), streaming)
    await clock.advance(1_100)
    expect(await stateOf(waiting)).toBe('fulfilled')
  })

  it('lets nobody overtake what waits', async () => {
    const { clock, stage } = stageOf({ adaptive: { min: 1 }, queue: { interval: '5s' } })
    const never = (): Promise<Reply> => new Promise(() => {})
    void stage(request(), never)
    await clock.advance(500)
    const begun: number[] = []
    const numbered = (n: number) => (): Promise<Reply> => {
      begun.push(n)
      return never()
    }
    for (let n = 1; n <= 3; n++) void stage(request(), numbered(n))
    await clock.advance(1_600)
    void stage(request(), numbered(4))
    await stateOf(Promise.resolve())
    expect(begun).toEqual([1])
  })
})

describe('priorities', () => {
  const options: InboundConcurrencyOptions = { limit: 1, priority: 'header', queue: { size: 2 } }

  it('the more urgent goes first', async () => {
    const { send, end, working } = given(options)
    void send()
    void send(request('u=5'))
    void send(request('u=1, i'))
    await end()
    expect(working[0]?.call.headers.get('priority')).toBe('u=1, i')
  })

  it('the least urgent is refused when a more urgent one finds the queue full', async () => {
    const { send, events } = given(options)
    void send()
    const normal = send()
    const low = send(request('u=6'))
    const urgent = send(request('u=0'))
    await expect(low).rejects.toMatchObject(overloaded)
    expect(events).toEqual([{ reason: 'outranked' }])
    expect(await stateOf(normal)).toBe('pending')
    expect(await stateOf(urgent)).toBe('pending')
    await expect(send(request('u=3'))).rejects.toMatchObject(overloaded)
  })

  it('count only where they are asked for', async () => {
    const { send, end, working } = given({ limit: 1 })
    void send()
    void send(request('u=5'))
    void send(request('u=1'))
    await end()
    expect(working[0]?.call.headers.get('priority')).toBe('u=5')
  })
})

describe('a server whose event loop is late', () => {
  it('refuses requests until it is in time again', async () => {
    let now = 0
    const timers: (() => void)[] = []
    const clock = {
      now: () => now,
      wallNow: () => now,
      setTimer: (fn: () => void) => {
        timers.push(fn)
        return { cancel: () => {} }
      },
    }
    const { observer, events } = recorded('shed')
    const deps = { clock, observer, random: () => 0, classifier: httpClassifier }
    const stage = serverConcurrencyStage({ eventLoopLag: '100ms' }, deps)
    const send = (): Promise<Reply> => stage(request(), (call) => call.exchange.serve(call))
    expect(await send()).toMatchObject({ status: 200 })
    now = 300
    await expect(send()).rejects.toMatchObject({ ...overloaded, detail: 'overload', flag: 'OM' })
    for (const fire of timers.splice(0)) fire()
    await expect(send()).rejects.toMatchObject(overloaded)
    now = 320
    for (const fire of timers.splice(0)) fire()
    expect(await send()).toMatchObject({ status: 200 })
    expect(events).toEqual([{ reason: 'event-loop' }, { reason: 'event-loop' }])
  })
})
