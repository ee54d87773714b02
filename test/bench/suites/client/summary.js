/** From rounds to one line a contender, its ratios and the goals. */
import { pairedRatio } from '../../harness/ratios.js'
import { spoiltIn } from '../../harness/rounds.js'
import { median, spreadOf } from '../../harness/statistics.js'
import { references } from './contenders.js'
import { goals, measures } from './goals.js'

/** @typedef {import('./measurement.js').Measurement} Measurement */
/** @typedef {import('../../harness/statistics.js').Spread} Spread */

/**
 * @typedef {object} Line
 * @property {string} name
 * @property {string | null} failure set when no round gave a valid measurement
 * @property {Spread} cpuMicros client CPU per call
 * @property {number} serverCpuMicros per call
 * @property {number} bytes allocated per call
 * @property {number} p50Micros
 * @property {number} p99Micros
 * @property {number} requestsPerSecond
 * @property {Record<string, Spread | null>} ratios of client CPU per call, by reference
 * @property {number} spoilt rounds that stayed spoilt or void after the last repeat
 * @property {number} repeated
 */

/**
 * @param {Map<string, import('../../harness/rounds.js').Outcome<Measurement>>} outcomes
 * @returns {Line[]}
 */
export function summarise(outcomes) {
  const cpuByName = new Map([...outcomes].map(([name, { rounds }]) => [name, rounds.map(cpuPerCall)]))
  return [...outcomes].map(([name, { rounds, repeated, failure }]) => {
    const valid = rounds.filter((round) => round !== null)
    const cpu = cpuByName.get(name) ?? []
    return {
      name,
      failure: valid.length === 0 ? (failure ?? 'not measured') : null,
      cpuMicros: spreadOf(valid.map((sample) => sample.cpuMicros / sample.calls)),
      serverCpuMicros: median(valid.map((sample) => (sample.serverCpuMicros ?? Number.NaN) / sample.calls)),
      bytes: median(valid.map((sample) => sample.allocatedBytes / sample.calls)),
      p50Micros: median(valid.map((sample) => sample.p50Micros)),
      p99Micros: median(valid.map((sample) => sample.p99Micros)),
      requestsPerSecond: median(valid.map((sample) => (sample.calls / sample.wallMs) * 1_000)),
      ratios: Object.fromEntries(
        references
          .filter((reference) => cpuByName.has(reference))
          .map((reference) => [reference, pairedRatio(cpu, cpuByName.get(reference) ?? [])]),
      ),
      spoilt: spoiltIn(rounds),
      repeated,
    }
  })
}

/**
 * @param {Map<string, import('../../harness/rounds.js').Outcome<Measurement>>} outcomes of the main scenario
 * @returns {(import('./goals.js').Goal & { ratio: Spread | null, met: boolean | null })[]} met is null when not measured
 */
export function judgeGoals(outcomes) {
  return goals.map((goal) => {
    const { contender, atMost = Number.POSITIVE_INFINITY, atLeast = 0 } = goal
    const ratio = ratioOf(outcomes, contender, goal)
    return { ...goal, ratio, met: ratio === null ? null : ratio.median <= atMost && ratio.median >= atLeast }
  })
}

/**
 * @param {Map<string, import('../../harness/rounds.js').Outcome<Measurement>>} outcomes
 * @param {string} name
 * @param {Pick<import('./goals.js').Goal, 'reference' | 'measure'>} goal
 * @returns {Spread | null} what the goal compares, of anybody
 */
export function ratioOf(outcomes, name, { reference, measure }) {
  const of = (one) => (outcomes.get(one)?.rounds ?? []).map((round) => round && measures[measure](round))
  return pairedRatio(of(name), of(reference))
}

/** @param {Measurement | null} sample */
function cpuPerCall(sample) {
  return sample === null ? null : measures['client CPU'](sample)
}
