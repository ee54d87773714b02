/** The `overload` suite: what is left of a server's capacity at ten times its load, and how soon the rest is told. */
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
    const after = await load.open({ rps: capacity / 2, ms: 2_000 })
    await load.close()

    const p99Alone = percentile(alone.goodMs, 0.99)
    const figures = {
      goodput: over.good / (ms / 1_000) / capacity,
      shedP50Ms: percentile(shedMs, 0.5),
      admittedP99Ms: percentile(over.goodMs, 0.99),
      backToNormalMs: after.lastShedAtMs,
    }
    print(`\nlimit ${limit}, capacity ${capacity.toFixed(0)} requests/s, offered ${(capacity * 10).toFixed(0)}\n`)
    const rows = [
      ['goodput, share of the capacity', figures.goodput.toFixed(3), `>= ${goals.goodput}`],
      ["refusal, p50 from the ring's entry, ms", figures.shedP50Ms.toFixed(2), `<= ${goals.shedP50Ms}`],
      ['admitted p99, ms', figures.admittedP99Ms.toFixed(0), `<= ${(2 * p99Alone + queueMs).toFixed(0)}`],
      ['last refusal after the overload, ms', figures.backToNormalMs.toFixed(0), `<= ${goals.backToNormalMs}`],
    ]
    print(renderTable(['', 'measured', 'goal'], rows))
    const problems = []
    if (over.failed + alone.failed + after.failed > 0) problems.push('requests failed otherwise than by 503')
    if (figures.goodput < goals.goodput) problems.push(`goodput ${figures.goodput.toFixed(3)}`)
    if (figures.shedP50Ms > goals.shedP50Ms) problems.push(`refusals take ${figures.shedP50Ms.toFixed(1)} ms`)
    return { result: { limit, capacity, goals, figures, counts: { good: over.good, shed: over.shed } }, problems }
  } finally {
    await server.stop()
  }
}
