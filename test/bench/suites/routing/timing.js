/**
 * How long a function of well under a microsecond takes: many calls at a time, several rounds, the median. In CPU time, as
 * others may be running here too.
 */
import { spreadOf } from '../../harness/statistics.js'

/** Nothing reads it: it keeps the work from being optimised away. */
const sink = { value: /** @type {unknown} */ (undefined) }

/**
 * @typedef {object} Pace
 * @property {number} rounds
 * @property {number} durationMs of one round
 */

/**
 * @param {(i: number) => unknown} work is told how many times it has run
 * @param {Pace} pace
 * @returns {import('../../harness/statistics.js').Spread} microseconds of one run
 */
export function timeEach(work, { rounds, durationMs }) {
  let runs = 0
  const repeat = (times) => {
    for (let i = 0; i < times; i++) sink.value = work(runs++)
  }
  const batch = batchSize(repeat, durationMs)
  const samples = Array.from({ length: rounds }, () => {
    const start = cpuMicros()
    repeat(batch)
    return (cpuMicros() - start) / batch
  })
  return spreadOf(samples)
}

function cpuMicros() {
  const { user, system } = process.cpuUsage()
  return user + system
}

/**
 * Warms up, too: doubles the batch until it lasts.
 * @param {(times: number) => void} repeat
 * @param {number} durationMs
 */
function batchSize(repeat, durationMs) {
  for (let times = 16; ; times *= 2) {
    const start = performance.now()
    repeat(times)
    if (performance.now() - start >= durationMs) return times
  }
}

/**
 * @param {() => unknown} work that takes milliseconds
 * @param {number} rounds
 * @returns {{ firstMs: number, spread: import('../../harness/statistics.js').Spread }} the first run is not compiled yet
 */
export function timeWhole(work, rounds) {
  const samples = Array.from({ length: rounds + 1 }, () => {
    const start = cpuMicros()
    sink.value = work()
    return (cpuMicros() - start) / 1_000
  })
  return { firstMs: samples[0] ?? Number.NaN, spread: spreadOf(samples.slice(1)) }
}
