import { describe, expect, it, vi } from 'vitest'
import { MeshError } from '../../../src/core/errors.js'
import { Observer } from '../../../src/core/observer.js'
import type { Phase } from '../../../src/core/phase.js'
import { type Admission, Breaker, type CircuitBreakerOptions } from '../../../src/resilience/circuit-breaker/index.js'
import { type FakeClock, fakeClock } from '../../../src/testing/fake-clock.js'
import { callTo, recorded } from '../upstream.js'

interface Given {
  clock: FakeClock
  breaker: Breaker
}

function given(options: CircuitBreakerOptions = {}, observer = new Observer(), random = () => 0): Given {
  const clock = fakeClock()
  return { clock, breaker: new Breaker(options, { clock, observer, random, service: 'reviews' }) }
}

function admitted(breaker: Breaker, deadline = Number.POSITIVE_INFINITY): Admission {
  const call = callTo()
  call.deadline = deadline
  const admission = breaker.admit(call)
  if (admission instanceof MeshError) throw admission
  return admission
}

function settle(breaker: Breaker, outcome: 'success' | 'failure' | 'ignored', times = 1): void {
  for (let i = 0; i < times; i++) admitted(breaker).settle(outcome)
}

/** Brings it down by failures, whatever its options. */
function trip(breaker: Breaker): void {
  while (breaker.state === 'closed') settle(breaker, 'failure')
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('a closed breaker', () => {
  it('opens when failures reach their share of the window, and the volume is there', () => {
    const { breaker } = given()
    settle(breaker, 'failure', 19)
    expect(breaker.state).toBe('closed')
    settle(breaker, 'failure')
    expect(breaker.state).toBe('open')
  })

  it.each([
    [50, 11, 9, 'closed'],
    [50, 10, 10, 'open'],
    [100, 1, 19, 'closed'],
    [100, 0, 20, 'open'],
    [5, 20, 1, 'closed'],
    [5, 19, 1, 'open'],
  ])('at %i %% and with %i successes before %i failures is %s', (errorThresholdPercentage, good, bad, state) => {
    const { breaker } = given({ errorThresholdPercentage })
    settle(breaker, 'success', good)
    settle(breaker, 'failure', bad)
    expect(breaker.state).toBe(state)
  })

  it('takes no notice of neutral outcomes: they neither trip nor dilute', () => {
    const { breaker } = given()
    settle(breaker, 'ignored', 1_000)
    expect(breaker.state).toBe('closed')
    settle(breaker, 'failure', 20)
    expect(breaker.state).toBe('open')
  })

  it('takes no notice of calls still under way', () => {
    const { breaker } = given()
    for (let i = 0; i < 1_000; i++) admitted(breaker)
    settle(breaker, 'failure', 20)
    expect(breaker.state).toBe('open')
  })

  it('forgets outcomes that have left the window', async () => {
    const { clock, breaker } = given({ rollingWindow: '10s' })
    settle(breaker, 'failure', 19)
    await clock.advance(9_000)
    settle(breaker, 'ignored')
    expect(breaker.state).toBe('closed')
    await clock.advance(1_000)
    settle(breaker, 'failure')
    expect(breaker.state).toBe('closed')
    settle(breaker, 'failure', 18)
    expect(breaker.state).toBe('closed')
    settle(breaker, 'failure')
    expect(breaker.state).toBe('open')
  })

  it('needs no timer', () => {
    const { clock, breaker } = given()
    settle(breaker, 'success', 100)
    settle(breaker, 'failure', 10)
    expect(clock.pending).toBe(0)
  })
})

describe('an open breaker', () => {
  it('refuses at once and says when to come back', async () => {
    const { clock, breaker } = given({ resetTimeout: '10s' })
    trip(breaker)
    await clock.advance(4_000)
    expect(breaker.admit(callTo())).toMatchObject({
      code: 'ERR_MESH_CIRCUIT_OPEN',
      status: 503,
      flag: 'UO',
      origin: 'local',
      retryable: false,
      service: 'reviews',
      retryAfterMs: 6_000,
    })
  })

  it('admits exactly one of a hundred calls after the reset timeout', async () => {
    const { clock, breaker } = given({ resetTimeout: '10s' })
    trip(breaker)
    await clock.advance(9_999)
    expect(breaker.state).toBe('open')
    await clock.advance(1)
    expect(breaker.state).toBe('half-open')
    const answers = Array.from({ length: 100 }, () => breaker.admit(callTo()))
    expect(answers.filter((answer) => !(answer instanceof MeshError))).toHaveLength(1)
    expect(answers.at(-1)).toMatchObject({ code: 'ERR_MESH_CIRCUIT_OPEN', retryAfterMs: 10_000 })
  })

  it('takes no notice of calls from before the outage', async () => {
    const { clock, breaker } = given()
    const stale = admitted(breaker)
    trip(breaker)
    stale.settle('success')
    expect(breaker.state).toBe('open')
    await clock.advance(10_000)
    stale.settle('success')
    await turn()
    expect(breaker.state).toBe('half-open')
    stale.settle('failure')
    expect(breaker.state).toBe('half-open')
    admitted(breaker).settle('success')
    for (let i = 0; i < 100; i++) stale.settle('failure')
    expect(breaker.state).toBe('closed')
  })

  it('stays open longer after a failed probe, by half at most, so that processes drift apart', async () => {
    const { clock, breaker } = given({ resetTimeout: '10s' }, new Observer(), () => 0.5)
    trip(breaker)
    await clock.advance(10_000)
    expect(breaker.state).toBe('half-open')
    settle(breaker, 'failure')
    await clock.advance(12_499)
    expect(breaker.state).toBe('open')
    await clock.advance(1)
    expect(breaker.state).toBe('half-open')
  })

  it('stays open longer by its jitter, so that processes do not probe together', async () => {
    const { clock, breaker } = given({ resetTimeout: '10s', jitter: 0.5 }, new Observer(), () => 0.5)
    trip(breaker)
    await clock.advance(12_499)
    expect(breaker.state).toBe('open')
    await clock.advance(1)
    expect(breaker.state).toBe('half-open')
  })
})

describe('a half-open breaker', () => {
  async function halfOpen(options: CircuitBreakerOptions = {}): Promise<Given> {
    const made = given({ resetTimeout: '10s', ...options })
    trip(made.breaker)
    await made.clock.advance(10_000)
    return made
  }

  it('closes with the success of its probe, and starts with an empty window', async () => {
    const { clock, breaker } = await halfOpen()
    settle(breaker, 'success')
    expect(breaker.state).toBe('closed')
    expect(clock.pending).toBe(0)
    settle(breaker, 'failure', 19)
    expect(breaker.state).toBe('closed')
  })

  it('opens again with the failure of its probe, for the whole reset timeout', async () => {
    const { clock, breaker } = await halfOpen()
    settle(breaker, 'failure')
    expect(breaker.state).toBe('open')
    await clock.advance(9_999)
    expect(breaker.state).toBe('open')
    await clock.advance(1)
    expect(breaker.state).toBe('half-open')
  })

  it('neither opens nor closes with a neutral probe, and lets the next call probe', async () => {
    const { clock, breaker } = await halfOpen()
    settle(breaker, 'ignored')
    expect(breaker.state).toBe('half-open')
    expect(clock.pending).toBe(0)
    settle(breaker, 'success')
    expect(breaker.state).toBe('closed')
  })

  it('opens again when the probe hangs past its deadline', async () => {
    const { clock, breaker } = await halfOpen()
    const probe = admitted(breaker, clock.now() + 2_000)
    await clock.advance(2_000)
    expect(breaker.state).toBe('open')
    probe.settle('success')
    expect(breaker.state).toBe('open')
  })

  it.each<[string, Phase, boolean]>([
    ['the request being served leaves it too little', 'headers', true],
    ['the probe waits for a permit', 'queue', false],
  ])(
    'lets the next call probe when a probe runs out of time that the destination never had: %s',
    async (_, phase, hurried) => {
      const { clock, breaker } = await halfOpen()
      const call = Object.assign(callTo(), { deadline: clock.now() + 2_000, hurried })
      call.attach({ phase, cancel() {} })
      breaker.admit(call)
      await clock.advance(2_000)
      expect(breaker.state).toBe('half-open')
      settle(breaker, 'success')
      expect(breaker.state).toBe('closed')
    },
  )

  it('opens again when a probe without a deadline hangs for another reset timeout', async () => {
    const { clock, breaker } = await halfOpen()
    admitted(breaker)
    await clock.advance(9_999)
    expect(breaker.state).toBe('half-open')
    await clock.advance(1)
    expect(breaker.state).toBe('open')
  })

  it('closes with a probe without a deadline that was only slower than the reset timeout', async () => {
    const { clock, breaker } = await halfOpen()
    const probe = admitted(breaker)
    await clock.advance(10_000)
    expect(breaker.state).toBe('open')
    await clock.advance(5_000)
    probe.answered()
    expect(breaker.state).toBe('closed')
    probe.settle('success')
    expect([breaker.state, clock.pending]).toEqual(['closed', 0])
  })

  it('closes with it while the next one is under way, too, and takes no notice of that one any more', async () => {
    const { clock, breaker } = await halfOpen()
    const slow = admitted(breaker)
    await clock.advance(20_000)
    expect(breaker.state).toBe('half-open')
    const next = admitted(breaker)
    slow.settle('success')
    expect(breaker.state).toBe('closed')
    next.settle('failure')
    expect([breaker.state, clock.pending]).toEqual(['closed', 0])
  })

  it.each(['failure', 'ignored'] as const)('stays open when what was late ends as %s', async (outcome) => {
    const { clock, breaker } = await halfOpen()
    const probe = admitted(breaker)
    await clock.advance(10_000)
    probe.settle(outcome)
    expect(breaker.state).toBe('open')
  })

  it('takes no notice of a late success once another probe has failed, or somebody has turned it by hand', async () => {
    const { clock, breaker } = await halfOpen()
    const slow = admitted(breaker)
    await clock.advance(20_000)
    settle(breaker, 'failure')
    slow.settle('success')
    expect(breaker.state).toBe('open')

    await clock.advance(10_000)
    const slower = admitted(breaker)
    await clock.advance(10_000)
    breaker.open()
    slower.settle('success')
    expect(breaker.state).toBe('open')
  })

  it('takes no notice of a late probe of an outage that is over', async () => {
    const { clock, breaker } = await halfOpen()
    const slow = admitted(breaker)
    await clock.advance(10_000)
    breaker.close()
    trip(breaker)
    slow.settle('success')
    expect(breaker.state).toBe('open')
  })

  it('takes a late answer that is too slow for no success', async () => {
    const { clock, breaker } = await halfOpen({ slowCallThreshold: '12s' })
    const probe = admitted(breaker)
    await clock.advance(12_000)
    probe.answered()
    expect(breaker.state).toBe('open')
  })

  it('closes when the probe is a stream that was answered and goes on', async () => {
    const { clock, breaker } = await halfOpen()
    admitted(breaker).answered()
    await clock.advance(10_000)
    expect(breaker.state).toBe('closed')
  })
})

describe('a breaker that looks for several good probes', () => {
  async function halfOpen(): Promise<Given> {
    const made = given({ resetTimeout: '10s', probes: 3 })
    trip(made.breaker)
    await made.clock.advance(10_000)
    return made
  }

  it('admits as many as it needs at once, and closes when all have succeeded', async () => {
    const { clock, breaker } = await halfOpen()
    const probes = [admitted(breaker), admitted(breaker), admitted(breaker)]
    expect(breaker.admit(callTo())).toBeInstanceOf(MeshError)
    for (const probe of probes) {
      expect(breaker.state).toBe('half-open')
      probe.settle('success')
    }
    expect(breaker.state).toBe('closed')
    expect(clock.pending).toBe(0)
  })

  it('closes when as many were only slow, and counts each once', async () => {
    const { clock, breaker } = await halfOpen()
    const probes = [admitted(breaker), admitted(breaker), admitted(breaker)]
    await clock.advance(10_000)
    expect(breaker.state).toBe('open')
    for (const probe of probes.slice(0, 2)) {
      probe.answered()
      probe.settle('success')
    }
    expect(breaker.state).toBe('open')
    probes[2]?.settle('success')
    expect(breaker.state).toBe('closed')
  })

  it('counts no late success beside a late failure', async () => {
    const { clock, breaker } = given({ resetTimeout: '10s', probes: 2 })
    trip(breaker)
    await clock.advance(10_000)
    const [good, bad] = [admitted(breaker), admitted(breaker)]
    await clock.advance(10_000)
    good.answered()
    good.settle('success')
    bad.settle('failure')
    await clock.advance(10_000)
    settle(breaker, 'success')
    expect(breaker.state).toBe('half-open')
    settle(breaker, 'success')
    expect(breaker.state).toBe('closed')
  })

  it('counts a stream that was answered in time and ends later once', async () => {
    const { clock, breaker } = await halfOpen()
    const stream = admitted(breaker)
    stream.answered()
    await clock.advance(10_000)
    stream.settle('success')
    settle(breaker, 'success')
    expect(breaker.state).toBe('half-open')
    settle(breaker, 'success')
    expect(breaker.state).toBe('closed')
  })

  it('admits no more than are still missing', async () => {
    const { breaker } = await halfOpen()
    settle(breaker, 'success', 2)
    admitted(breaker)
    expect(breaker.admit(callTo())).toBeInstanceOf(MeshError)
  })

  it('opens with the first that fails, whatever the others say then', async () => {
    const { clock, breaker } = await halfOpen()
    const [first, second, third] = [admitted(breaker), admitted(breaker), admitted(breaker)]
    first?.settle('success')
    second?.settle('failure')
    expect(breaker.state).toBe('open')
    third?.settle('success')
    expect(breaker.state).toBe('open')
    expect(clock.pending).toBe(1)
  })
})

describe('a breaker that minds slow calls', () => {
  const options: CircuitBreakerOptions = {
    slowCallThreshold: '1s',
    slowCallThresholdPercentage: 50,
    volumeThreshold: 4,
    resetTimeout: '10s',
  }

  /** A success whose reply headers took that long, and whose body ends at once. */
  async function answeredAfter({ clock, breaker }: Given, ms: number): Promise<void> {
    const admission = admitted(breaker)
    await clock.advance(ms)
    admission.answered()
    admission.settle('success')
  }

  it('opens when the share of slow ones is reached, though all succeed', async () => {
    const made = given(options)
    for (const ms of [999, 999, 1_000]) await answeredAfter(made, ms)
    expect(made.breaker.state).toBe('closed')
    await answeredAfter(made, 1_000)
    expect(made.breaker.state).toBe('open')
  })

  it('measures up to the reply headers: a long body makes no slow call', async () => {
    const made = given(options)
    const admissions = Array.from({ length: 4 }, () => admitted(made.breaker))
    for (const admission of admissions) admission.answered()
    await made.clock.advance(5_000)
    for (const admission of admissions) admission.settle('success')
    expect(made.breaker.state).toBe('closed')
  })

  it('counts a failure as slow by the time that it took', async () => {
    const made = given({ ...options, errorThresholdPercentage: 100 })
    await answeredAfter(made, 0)
    await answeredAfter(made, 0)
    const failing = [admitted(made.breaker), admitted(made.breaker)]
    await made.clock.advance(1_000)
    for (const admission of failing) admission.settle('failure')
    expect(made.breaker.state).toBe('open')
  })

  it('opens again with a slow probe', async () => {
    const made = given(options)
    trip(made.breaker)
    await made.clock.advance(10_000)
    await answeredAfter(made, 1_000)
    expect(made.breaker.state).toBe('open')
  })
})

describe('a breaker', () => {
  it('reports every change of its state once', async () => {
    const { observer, events } = recorded('breaker')
    const { clock, breaker } = given({ resetTimeout: '10s' }, observer)
    settle(breaker, 'failure', 20)
    await clock.advance(10_000)
    settle(breaker, 'failure')
    await clock.advance(10_000)
    settle(breaker, 'success')
    breaker.close()
    const states = ['open', 'half-open', 'open', 'half-open', 'closed'] as const
    expect(events).toEqual(states.map((state) => ({ service: 'reviews', state })))
  })

  it('tells of a change of its mode while it is open, as no change of its state', () => {
    const { observer, events } = recorded('breaker')
    const { breaker } = given({ mode: 'observe' }, observer)
    breaker.configure({})
    breaker.configure({ mode: 'observe' })
    trip(breaker)
    breaker.configure({ mode: 'observe', volumeThreshold: 5 })
    breaker.configure({})
    breaker.configure({ mode: 'observe' })
    expect(events).toEqual([
      { service: 'reviews', state: 'open', observes: true },
      { service: 'reviews', state: 'open', modeOnly: true },
      { service: 'reviews', state: 'open', observes: true, modeOnly: true },
    ])
  })

  it('opened by hand stays open until it is closed by hand', async () => {
    const { clock, breaker } = given({ resetTimeout: '10s' })
    breaker.open()
    await clock.advance(3_600_000)
    expect(breaker.state).toBe('open')
    expect(breaker.admit(callTo())).toMatchObject({ code: 'ERR_MESH_CIRCUIT_OPEN', retryAfterMs: 15_000 })
    breaker.close()
    expect(breaker.state).toBe('closed')
    await clock.advance(60_000)
    expect(breaker.state).toBe('closed')
  })

  it('keeps its state when its options change', async () => {
    const { clock, breaker } = given({ resetTimeout: '10s' })
    trip(breaker)
    breaker.configure({ resetTimeout: '1s', volumeThreshold: 2 })
    await clock.advance(9_999)
    expect(breaker.state).toBe('open')
    await clock.advance(1)
    settle(breaker, 'failure')
    await clock.advance(1_000)
    settle(breaker, 'success')
    expect(breaker.state).toBe('closed')
    settle(breaker, 'failure', 2)
    expect(breaker.state).toBe('open')
  })

  it('judges by its new options what happens after they changed', () => {
    const { breaker } = given({ volumeThreshold: 2 })
    settle(breaker, 'failure')
    breaker.configure({ volumeThreshold: 3 })
    settle(breaker, 'failure', 2)
    expect(breaker.state).toBe('closed')
    settle(breaker, 'failure')
    expect(breaker.state).toBe('open')
  })

  it('leaves nothing behind after shutdown, and is in nobody’s way', async () => {
    const { observer, events } = recorded('breaker')
    const { clock, breaker } = given({}, observer)
    trip(breaker)
    breaker.shutdown()
    expect(clock.pending).toBe(0)
    settle(breaker, 'failure', 100)
    breaker.open()
    expect(breaker.state).toBe('closed')
    expect(events).toEqual([
      { service: 'reviews', state: 'open' },
      { service: 'reviews', state: 'closed', removed: true },
    ])
  })

  it('keeps no timer of opossum’s when it has opened, probed and closed many times', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] })
    try {
      for (let i = 0; i < 10; i++) {
        const { clock, breaker } = given({ volumeThreshold: 1 })
        settle(breaker, 'failure')
        await clock.advance(10_000)
        settle(breaker, 'success')
        settle(breaker, 'failure')
      }
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('other options for a half-open breaker', () => {
  it('close it when enough probes have succeeded for them', async () => {
    const { clock, breaker } = given({ volumeThreshold: 1, probes: 3, resetTimeout: '1s' })
    trip(breaker)
    await clock.advance(1_000)
    settle(breaker, 'success')
    breaker.configure({ volumeThreshold: 1, probes: 1, resetTimeout: '1s' })
    expect([breaker.state, breaker.refuses]).toEqual(['closed', false])
  })
})
