import { describe, expect, it } from 'vitest'
import { createCalibrationRecord } from '../bench/harness/noise.js'
import { seededRandom } from '../bench/harness/random.js'
import { interleave, losses, spoiltIn, turnOf } from '../bench/harness/rounds.js'

const quiet = { slowdown: 0, foreignCores: 0 }
const limits = { slowdown: 0.25, foreignCores: 0.15 }

function options(rounds: number) {
  return { rounds, maxRepeats: 2, random: seededRandom(7), limits }
}

/** Gives its measurements one after another; an Error is a void one. */
function scripted(name: string, script: ({ value: number; slowdown?: number } | Error)[]) {
  let next = 0
  async function measure() {
    const step = script[next]
    next += 1
    if (step === undefined || step instanceof Error) throw step ?? new Error('script ended')
    return { value: step.value, noise: { ...quiet, slowdown: step.slowdown ?? 0 } }
  }
  return { name, measure }
}

describe('interleaved rounds', () => {
  it('say which round it is, so that processes of one contestant take turns; a repetition stays with its own', async () => {
    const team = ['first', 'second']
    const spoilt = [0, 1, 0, 0]
    const turns: string[] = []
    async function measure(round: number) {
      turns.push(turnOf(team, round))
      return { noise: { ...quiet, slowdown: spoilt[turns.length - 1] ?? 0 } }
    }
    await interleave([{ name: 'a', measure }], options(3))
    expect(turns).toEqual(['first', 'second', 'second', 'first'])
  })

  it('measure every contestant once a round, in an order that changes and that the seed repeats', async () => {
    async function orderOfRun() {
      const order: string[] = []
      const contestants = ['a', 'b', 'c', 'd'].map((name) => ({
        name,
        measure: async () => {
          order.push(name)
          return { noise: quiet }
        },
      }))
      await interleave(contestants, options(4))
      return order
    }
    const order = await orderOfRun()
    const rounds = [0, 4, 8, 12].map((start) => order.slice(start, start + 4).join(''))
    for (const round of rounds) expect([...round].sort().join('')).toBe('abcd')
    expect(new Set(rounds).size).toBeGreaterThan(1)
    expect(await orderOfRun()).toEqual(order)
  })

  it('repeat a measurement that a busy machine spoilt', async () => {
    const outcomes = await interleave([scripted('a', [{ value: 9, slowdown: 1 }, { value: 5 }])], options(1))
    expect(outcomes.get('a')).toMatchObject({ repeated: 1, rounds: [{ value: 5, spoilt: [] }] })
  })

  it('keep the least spoilt one, and say so, when the bound is reached', async () => {
    const script = [
      { value: 9, slowdown: 0.9 },
      { value: 5, slowdown: 0.5 },
      { value: 8, slowdown: 0.8 },
    ]
    const outcomes = await interleave([scripted('a', script)], options(1))
    expect(outcomes.get('a')).toMatchObject({
      repeated: 2,
      rounds: [{ value: 5, spoilt: ['calibration 50 % slower'] }],
    })
  })

  it('give no value for a round whose replies were never right', async () => {
    const wrong = new Error('7 replies, but 6 requests reached the server')
    const outcomes = await interleave([scripted('a', [wrong, wrong, wrong])], options(1))
    expect(outcomes.get('a')).toMatchObject({ rounds: [null], failure: wrong.message })
  })

  it('count what was void with what stayed spoilt', async () => {
    const wrong = new Error('7 replies, but 6 requests reached the server')
    const busy = { value: 9, slowdown: 0.9 }
    const outcomes = await interleave(
      [scripted('a', [wrong, wrong, wrong, busy, busy, busy, { value: 5 }])],
      options(3),
    )
    expect(spoiltIn(outcomes.get('a')?.rounds ?? [])).toBe(2)
  })

  it('tell why a contestant could not open, beside those that were measured', async () => {
    const failures = new Map([['b', 'not installed']])
    const outcomes = await interleave([scripted('a', [{ value: 5 }])], { ...options(1), failures })
    expect([...outcomes.keys()]).toEqual(['a', 'b'])
    expect(outcomes.get('b')).toEqual({ rounds: [], repeated: 0, voids: 0, failure: 'not installed' })
  })

  it('judge the first measurements by the last as well: a machine may have been busy from the start', async () => {
    const { noiseOf } = createCalibrationRecord()
    const calibrations = [[10], [5]]
    const measure = async () => ({ noise: noiseOf(calibrations.shift() ?? [], null) })
    const outcomes = await interleave([{ name: 'a', measure }], options(2))
    expect(outcomes.get('a')?.rounds.map((round) => round?.spoilt)).toEqual([['calibration 100 % slower'], []])
  })

  it('tell of calls that ours has lost, however well the repetition went', async () => {
    const contestants = ['mesh.request', 'got'].map((name) =>
      scripted(name, [new Error('5 calls failed'), { value: 5 }]),
    )
    const outcomes = await interleave(contestants, options(1))
    expect(outcomes.get('got')).toMatchObject({ voids: 1, rounds: [{ value: 5 }] })
    expect(losses(outcomes)).toEqual(['mesh.request: 1 void measurements, the last because 5 calls failed'])
  })
})
