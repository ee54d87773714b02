import { describe, expect, it } from 'vitest'
import type { ClientCall } from '../../../src/core/call.js'
import { httpClassifier } from '../../../src/core/classifier.js'
import { type HedgeOptions, hedgeStage } from '../../../src/resilience/hedge/index.js'
import { ConcurrentBudget, RetryBudget } from '../../../src/resilience/retry/index.js'
import { attemptTimeoutStage } from '../../../src/resilience/timeout/index.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'
import { answer, callTo, fail, hang, recorded, type Step, stateOf, upstream } from '../upstream.js'

function given(options: HedgeOptions, steps: Step[], budget?: RetryBudget) {
  const clock = fakeClock()
  const peer = upstream(...steps)
  const { observer, events } = recorded('hedge')
  const stage = hedgeStage(options, { clock, observer, classifier: httpClassifier, budget })
  return { clock, peer, events, send: (call: ClientCall) => stage(call, peer.handler) }
}

const after = '80ms'

describe('a hedged call', () => {
  it('has another attempt beside the one that does not answer, and takes the first answer', async () => {
    const { clock, peer, events, send } = given({ after }, [hang, answer(200)])
    const call = callTo()
    const reply = send(call)
    await clock.advance(79)
    expect(peer.exchanges).toHaveLength(1)
    await clock.advance(9)
    expect(await reply).toMatchObject({ status: 200 })
    expect(peer.exchanges.map(({ call: fork }) => fork.attempt)).toEqual([0, 1])
    expect(peer.exchanges[0]?.cancelledWith).toMatchObject({ code: 'ERR_MESH_ABORTED', origin: 'local' })
    expect(call.attempt).toBe(1)
    expect(events).toEqual([{ service: 'reviews', sent: true, afterMs: 80 }])
  })

  it('lets the first attempt win, too', async () => {
    const { clock, peer, send } = given({ after }, [hang])
    const reply = send(callTo())
    await clock.advance(100)
    peer.exchanges[0]?.headers(200).end()
    expect(await reply).toMatchObject({ status: 200 })
    expect(peer.exchanges[1]?.cancelledWith).toMatchObject({ code: 'ERR_MESH_ABORTED' })
  })

  it('needs no second attempt when the first answers in time, and leaves no timer behind', async () => {
    const { clock, peer, events, send } = given({ after }, [answer(200)])
    await send(callTo())
    await clock.advance(1_000)
    expect(peer.exchanges).toHaveLength(1)
    expect(events).toEqual([])
    expect(clock.pending).toBe(0)
  })

  it('has as many attempts as it may, one after the other', async () => {
    const { clock, peer, send } = given({ after, max: 2 }, [hang])
    const reply = send(callTo())
    await clock.advance(90)
    expect(peer.exchanges).toHaveLength(2)
    await clock.advance(1_000)
    expect(peer.exchanges).toHaveLength(3)
    peer.last.headers(200).end()
    await reply
  })

  it('shares what was tried between its attempts, so that they go to different endpoints', async () => {
    const { clock, peer, send } = given({ after }, [hang])
    const call = callTo()
    const reply = send(call)
    await clock.advance(90)
    for (const exchange of peer.exchanges) expect(exchange.call.tried).toBe(call.tried)
    peer.last.headers(200).end()
    await reply
  })

  it('waits for the other attempt when one answers badly', async () => {
    const { clock, peer, send } = given({ after }, [hang])
    const reply = send(callTo())
    await clock.advance(90)
    peer.exchanges[0]?.headers(503).end('no')
    expect(await stateOf(reply)).toBe('pending')
    peer.exchanges[1]?.headers(200).end()
    expect(await reply).toMatchObject({ status: 200 })
  })

  it('ends with the last outcome when all are bad', async () => {
    const { clock, peer, send } = given({ after }, [hang])
    const reply = send(callTo())
    await clock.advance(90)
    peer.exchanges[1]?.fail('ERR_MESH_RESET_BEFORE_RESPONSE', { sent: true })
    expect(await stateOf(reply)).toBe('pending')
    peer.exchanges[0]?.headers(500).end()
    expect(await reply).toMatchObject({ status: 500 })
  })

  it('leaves to the retries what fails at once', async () => {
    const { peer, send } = given({ after }, [fail('ERR_MESH_CONNECT')])
    await expect(send(callTo())).rejects.toMatchObject({ code: 'ERR_MESH_CONNECT' })
    expect(peer.exchanges).toHaveLength(1)
  })

  it('ends all of its attempts when it is cancelled', async () => {
    const { clock, peer, send } = given({ after }, [hang])
    const call = callTo()
    const reply = send(call)
    await clock.advance(90)
    const gone = new Error('gone')
    call.cancel(gone)
    await expect(reply).rejects.toBe(gone)
    expect(peer.exchanges.map(({ cancelledWith }) => cancelledWith)).toEqual([gone, gone])
    expect(clock.pending).toBe(0)
  })

  it.each([
    ['an unsafe method', callTo('POST')],
    ['a body that can be sent once', callTo('PUT', { body: (async function* () {})() })],
  ])('has one attempt only for %s', async (_what, call) => {
    const { clock, peer, send } = given({ after }, [hang])
    const reply = send(call)
    await clock.advance(1_000)
    expect(peer.exchanges).toHaveLength(1)
    peer.last.headers(200).end()
    await reply
  })

  it('has one attempt only when its deadline comes first', async () => {
    const { clock, peer, send } = given({ after }, [hang])
    const call = callTo()
    call.deadline = clock.now() + 80
    const reply = send(call)
    await clock.advance(200)
    expect(peer.exchanges).toHaveLength(1)
    peer.last.headers(200).end()
    await reply
  })

  it('has one attempt only when the retry budget is spent', async () => {
    const clock = fakeClock()
    const budget = new RetryBudget({ ratio: 0, minPerSecond: 0 }, clock)
    const { clock: own, peer, events, send } = given({ after }, [hang], budget)
    const reply = send(callTo())
    await own.advance(200)
    expect(peer.exchanges).toHaveLength(1)
    expect(events).toEqual([{ service: 'reviews', sent: false, afterMs: 80 }])
    peer.last.headers(200).end()
    await reply
  })

  it('holds a permit for retries until it has answered or lost, and goes out with none that is taken in vain', async () => {
    const clock = fakeClock()
    const permits = new ConcurrentBudget({ percent: 0, minConcurrency: 1 }, () => 0)
    const { observer, events } = recorded('hedge')
    const deps = { clock, observer, classifier: httpClassifier, permits: () => permits }
    const peer = upstream(hang, hang, hang, hang)
    const stage = hedgeStage({ after, max: 1 }, deps)
    const first = stage(callTo(), peer.handler)
    const second = stage(callTo(), peer.handler)
    await clock.advance(200)
    expect(events.map((event) => Object(event).sent)).toEqual([true, false])
    expect([peer.exchanges.length, permits.tryAcquire()]).toEqual([3, false])
    peer.exchanges[0]?.headers(200).end()
    await first
    expect(permits.tryAcquire()).toBe(true)
    permits.release()
    peer.exchanges[1]?.headers(200).end()
    await second

    const spent = hedgeStage({ after }, { ...deps, budget: new RetryBudget({ ratio: 0, minPerSecond: 0 }, clock) })
    const third = spent(callTo(), peer.handler)
    await clock.advance(200)
    expect(permits.tryAcquire()).toBe(true)
    peer.last.headers(200).end()
    await third
  })

  it('goes out for no call that has ended, whatever still works for that', async () => {
    const clock = fakeClock()
    const { observer, events } = recorded('hedge')
    const stage = hedgeStage({ after }, { clock, observer, classifier: httpClassifier })
    let attempts = 0
    const call = callTo()
    void stage(call, () => {
      attempts++
      return new Promise(() => {})
    })
    call.cancel(new Error('gone'))
    await clock.advance(200)
    expect([attempts, events]).toEqual([1, []])
  })

  it('gives a failure that it passed over up, however long its body takes, once another has answered', async () => {
    const { clock, peer, send } = given({ after }, [hang])
    const reply = send(callTo())
    await clock.advance(100)
    peer.exchanges[0]?.headers(500)
    expect(await stateOf(reply)).toBe('pending')
    peer.exchanges[1]?.headers(200).end()
    expect(await reply).toMatchObject({ status: 200 })
    expect(peer.exchanges[0]?.body?.lease.ended).toBe(true)
  })

  it('waits for no reply that it has passed over, which ends with it all the same', async () => {
    const { clock, peer, send } = given({ after }, [hang])
    const call = callTo()
    const reply = expect(send(call)).rejects.toBe('gone')
    await clock.advance(100)
    peer.exchanges[0]?.headers(500)
    await stateOf(reply)
    peer.last.phase = 'queue'
    expect(call.phase).toBe('queue')
    call.cancel('gone')
    expect(peer.exchanges[0]?.cancelledWith).toBe('gone')
    await reply
  })
})

describe('the delay of a percentile', () => {
  it('is that of the latest attempts, and never is there a hedge before enough of them are known', async () => {
    const { clock, peer, send } = given({ after: { percentile: 90 } }, [hang])
    async function answeredAfter(ms: number): Promise<void> {
      const reply = send(callTo())
      await clock.advance(ms)
      peer.last.headers(200).end()
      await reply
    }
    for (let i = 0; i < 50; i++) await answeredAfter(40)
    expect(peer.exchanges).toHaveLength(50)
    await clock.advance(100)
    const slow = send(callTo())
    await clock.advance(39)
    expect(peer.exchanges).toHaveLength(51)
    await clock.advance(15)
    expect(peer.exchanges).toHaveLength(52)
    peer.last.headers(200).end()
    await slow
  })

  it('does not run away from an endpoint that hangs, of which every twelfth call finds out', async () => {
    const clock = fakeClock()
    const hedges: { atMs: number; afterMs: number }[] = []
    const { observer } = recorded()
    observer.on('hedge', ({ afterMs }) => void hedges.push({ atMs: clock.now(), afterMs }))
    let picked = 0
    const peer = upstream((exchange) => {
      const hangs = exchange.call.attempt === 0 && picked++ % 12 === 0
      if (!hangs)
        clock.setTimer(() => void (exchange.cancelledWith ?? exchange.headers(200).end()), 5 + ((picked * 7) % 20))
    })
    const stage = hedgeStage({ after: { percentile: 95 } }, { clock, observer, classifier: httpClassifier })
    const startMs = clock.now()
    for (let i = 0; i < 12_000; i++) {
      void stage(callTo(), peer.handler)
      await clock.advance(10)
      if (peer.exchanges.length > 1_000) peer.exchanges.splice(0, 900)
    }
    const longest = (fromMs: number, toMs: number): number =>
      Math.max(...hedges.filter(({ atMs }) => atMs >= fromMs && atMs < toMs).map(({ afterMs }) => afterMs))
    const endMs = clock.now()
    expect(longest(endMs - 1_000, endMs)).toBeLessThanOrEqual(2 * longest(startMs, startMs + 10_000))
    expect(longest(endMs - 1_000, endMs)).toBeGreaterThanOrEqual(20)
  }, 30_000)

  it('follows attempts that take longer, though those that they lose to are given up', async () => {
    const clock = fakeClock()
    let tookMs = 20
    const delays: number[] = []
    const { observer } = recorded()
    observer.on('hedge', ({ afterMs }) => void delays.push(afterMs))
    const peer = upstream((exchange) => {
      clock.setTimer(() => void (exchange.cancelledWith ?? exchange.headers(200).end()), tookMs)
    })
    const stage = hedgeStage({ after: { percentile: 95 } }, { clock, observer, classifier: httpClassifier })
    async function calls(count: number): Promise<void> {
      for (let i = 0; i < count; i++) {
        void stage(callTo(), peer.handler)
        await clock.advance(25)
      }
    }
    /** The delay of one call that takes a second. */
    async function delayMs(): Promise<number | undefined> {
      await clock.advance(1_000)
      tookMs = 1_000
      delays.length = 0
      await calls(1)
      await clock.advance(1_000)
      return delays[0]
    }
    await calls(100)
    tookMs = 200
    await calls(1_000)
    expect(await delayMs()).toBeCloseTo(215, 0)
    tookMs = 20
    await calls(1_000)
    expect(await delayMs()).toBeCloseTo(20.7, 0)
  })

  /** Calls that are answered after 40 ms each, and time for them to count. */
  async function fiftyAnswers({
    clock,
    peer,
    send,
  }: Pick<ReturnType<typeof given>, 'clock' | 'peer' | 'send'>): Promise<void> {
    for (let i = 0; i < 50; i++) {
      const reply = send(callTo())
      await clock.advance(40)
      peer.last.headers(200).end()
      await reply
    }
    await clock.advance(100)
  }

  it.each<[string, Step, number]>([
    ['no part in', fail('ERR_MESH_CIRCUIT_OPEN'), 0],
    ['a part in', fail('ERR_MESH_CONNECT'), 1],
  ])('goes by failures that an endpoint had %s: %#', async (_part, failing, hedges) => {
    const slow: Step[] = Array.from({ length: 50 }, () => hang)
    const failures: Step[] = Array.from({ length: 200 }, () => failing)
    const { clock, peer, send } = given({ after: { percentile: 50 } }, [...slow, ...failures, hang])
    await fiftyAnswers({ clock, peer, send })
    for (let i = 0; i < 200; i++) await send(callTo()).catch(() => {})
    await clock.advance(100)
    const reply = send(callTo())
    await clock.advance(30)
    expect(peer.exchanges).toHaveLength(251 + hedges)
    peer.last.headers(200).end()
    await reply
  })

  it.each(['ERR_MESH_TIMEOUT', 'ERR_MESH_ATTEMPT_TIMEOUT', 'ERR_MESH_CONNECT_TIMEOUT'] as const)(
    'does not climb to a timeout of ours that has ended attempts: %s',
    async (code) => {
      const { clock, peer, events, send } = given({ after: { percentile: 50 } }, [hang])
      await fiftyAnswers({ clock, peer, send })
      const calls = Array.from({ length: 60 }, () => send(callTo()).catch(() => {}))
      await clock.advance(1_000)
      for (const exchange of peer.exchanges.slice(50)) exchange.fail(code)
      await Promise.all(calls)
      const reply = send(callTo())
      await clock.advance(60)
      peer.last.headers(200).end()
      await reply
      const [first] = events
      expect(events).toEqual(Array.from({ length: 61 }, () => first))
    },
  )

  it('is never below its minimum', async () => {
    const fast: Step[] = Array.from({ length: 60 }, () => answer(200))
    const { clock, peer, send } = given({ after: { percentile: 50, minimum: '100ms' } }, [...fast, hang])
    for (let i = 0; i < 60; i++) await send(callTo())
    await clock.advance(100)
    const slow = send(callTo())
    await clock.advance(99)
    expect(peer.exchanges).toHaveLength(61)
    await clock.advance(9)
    expect(peer.exchanges).toHaveLength(62)
    peer.last.headers(200).end()
    await slow
  })
})

describe('hedging on the per-try timeout', () => {
  it('sends the next attempt when it runs out, and gives up what has timed out only when another has answered', async () => {
    const clock = fakeClock()
    const peer = upstream(hang, hang, answer(200))
    const { observer } = recorded('hedge')
    const inner = attemptTimeoutStage(80, { clock })
    const stage = hedgeStage(
      { onPerTryTimeout: true },
      { clock, observer, classifier: httpClassifier },
      { after: 80, max: 2 },
    )
    const reply = stage(callTo(), (attempt) => inner(attempt, peer.handler))
    await clock.advance(100)
    expect(peer.exchanges.map(({ cancelledWith }) => cancelledWith)).toEqual([undefined, undefined])
    await clock.advance(100)
    expect(await reply).toMatchObject({ status: 200 })
    expect(peer.exchanges.slice(0, 2).map(({ cancelledWith }) => cancelledWith)).toMatchObject([
      { code: 'ERR_MESH_ATTEMPT_TIMEOUT' },
      { code: 'ERR_MESH_ATTEMPT_TIMEOUT' },
    ])
  })

  it.each([
    ['in its own time', 100],
    ['after it, with less time than the winner needed', 200],
  ])('holds its timeout against no attempt that has lost %s', async (_when, answeredMs) => {
    const clock = fakeClock()
    const peer = upstream(hang, hang)
    const { observer } = recorded('hedge')
    const inner = attemptTimeoutStage(80, { clock })
    const deps = { clock, observer, classifier: httpClassifier }
    const stage = hedgeStage({ onPerTryTimeout: true }, deps, { after: 80, max: 1 })
    const reply = stage(callTo(), (attempt) => inner(attempt, peer.handler))
    await clock.advance(answeredMs)
    peer.exchanges[0]?.headers(200).end()
    expect(await reply).toMatchObject({ status: 200 })
    expect(peer.exchanges[1]?.cancelledWith).toMatchObject({ code: 'ERR_MESH_ABORTED' })
  })
})

describe('hedging that is only observed', () => {
  it('reports the attempt that would go out and sends none', async () => {
    const clock = fakeClock()
    const peer = upstream(hang)
    const { observer, events } = recorded('observed')
    const stage = hedgeStage({ after, mode: 'observe' }, { clock, observer, classifier: httpClassifier })
    const reply = stage(callTo(), peer.handler)
    await clock.advance(100)
    expect(peer.exchanges).toHaveLength(1)
    expect(events).toEqual([{ service: 'reviews', policy: 'hedge', action: 'hedge', detail: 'after 80 ms' }])
    peer.last.headers(200).end()
    await reply
    expect(clock.pending).toBe(0)
  })
})
