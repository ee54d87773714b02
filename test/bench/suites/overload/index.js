/** The `overload` suite: what is left of a server's capacity at ten times its load, and how soon the rest is told. */
import { middle, onceOrThrice } from '../../harness/attempts.js'
import { startProcess } from '../../harness/remote-process.js'
import { quantile } from '../../harness/statistics.js'
import { renderTable } from '../../harness/table.js'
import { createLoad } from './load.js'

/** Packages whose versions belong beside the numbers. */
export const packages = ['undici']

const limit = 5
const goals = { goodput: 0.9, shedP50Ms: 5, backToNormalMs: 5_000 }
/** @param {number[]} samples @param {number} q */
const percentile = (samples, q) =>
  quantile(
    [...samples].sort((a, b) => a - b),
    q,
  )

/** What a request may wait in the queue, on top of the work. */
const queueMs = 100

/**
 * @param {ReturnType<typeof createLoad>} load
 * @param {import('../../harness/remote-process.js').RemoteProcess} server
 * @param {{ ms: number, progress: (text: string) => void }} options
 */
async function measure(load, server, { ms, progress }) {
  progress('capacity')
  const alone = await load.closed({ callers: limit, ms: 2_000 })
  const capacity = alone.good / 2
  progress('ten times the capacity')
  // Its connections are opened before anything counts.
  await load.open({ rps: capacity * 10, ms: 2_000 })
  await server.call('takeShed')
  const over = await load.open({ rps: capacity * 10, ms })
  const shedMs = await server.call('takeShed')
  progress('half of the capacity')
  const after = await load.open({ rps: capacity / 2, ms: Math.max(2_000, ms / 2) })
  return {
    capacity,
    good: over.good,
    shed: over.shed,
    failed: over.failed + alone.failed + after.failed,
    goodput: over.good / (ms / 1_000) / capacity,
    shedP50Ms: percentile(shedMs, 0.5),
    admittedP99Ms: percentile(over.goodMs, 0.99),
    admittedGoalMs: 2 * percentile(alone.goodMs, 0.99) + queueMs,
    backToNormalMs: after.lastShedAtMs,
  }
}

/** @typedef {Awaited<ReturnType<typeof measure>>} Measured */

/** What is wrong. @param {Measured} measured */
function problemsOf({ failed, goodput, shedP50Ms, admittedP99Ms, admittedGoalMs, backToNormalMs }) {
  const problems = []
  if (failed > 0) problems.push('requests failed otherwise than by 503')
  if (!(goodput >= goals.goodput)) problems.push(`goodput ${goodput.toFixed(3)}`)
  if (!(shedP50Ms <= goals.shedP50Ms)) problems.push(`refusals take ${shedP50Ms.toFixed(1)} ms`)
  if (!(admittedP99Ms <= admittedGoalMs)) problems.push(`p99 of admitted requests ${admittedP99Ms.toFixed(0)} ms`)
  if (backToNormalMs > goals.backToNormalMs)
    problems.push(`refusals ${backToNormalMs.toFixed(0)} ms after the overload`)
  return problems
}

/** Each figure by itself: the middle of the tries, but no failure is forgiven. @param {readonly Measured[]} tries @returns {Measured} */
function middleOf(tries) {
  const names = /** @type {(keyof Measured)[]} */ (Object.keys(tries[0]))
  const entries = names.map((name) => [name, middle(tries.map((one) => one[name]))])
  return { ...Object.fromEntries(entries), failed: Math.max(...tries.map(({ failed }) => failed)) }
}

/**
 * @param {import('../../harness/arguments.js').Arguments} options
 * @param {{ print: (text: string) => void, progress: (text: string) => void }} output
 * @returns {Promise<{ result: object, problems: string[] }>}
 */
export async function run(options, { print, progress }) {
  const ms = options.quick ? 3_000 : 20_000
  const server = startProcess(new URL('./server.js', import.meta.url))
  try {
    const load = createLoad(await server.call('start', { limit }))
    await load.closed({ callers: limit, ms: 500 })
    const tries = await onceOrThrice(
      () => measure(load, server, { ms, progress }),
      (measured) => problemsOf(measured).length > 0,
    )
    await load.close()
    const measured = middleOf(tries)
    const { capacity, goodput, shedP50Ms, admittedP99Ms, admittedGoalMs, backToNormalMs } = measured
    print(`\nlimit ${limit}, capacity ${capacity.toFixed(0)} requests/s, offered ${(capacity * 10).toFixed(0)}\n`)
    const rows = [
      ['goodput, share of the capacity', goodput.toFixed(3), `>= ${goals.goodput}`],
      ["refusal, p50 from the ring's entry, ms", shedP50Ms.toFixed(2), `<= ${goals.shedP50Ms}`],
      ['admitted p99, ms', admittedP99Ms.toFixed(0), `<= ${admittedGoalMs.toFixed(0)}`],
      ['last refusal after the overload, ms', backToNormalMs.toFixed(0), `<= ${goals.backToNormalMs}`],
    ]
    print(renderTable(['', 'measured', 'goal'], rows))
    return { result: { limit, goals, tries: tries.length, figures: measured }, problems: problemsOf(measured) }
  } finally {
    await server.stop()
  }
}
