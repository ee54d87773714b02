/** From rounds to one line a contender, its ratios and the goals. */
import { pairedRatio } from '../../harness/ratios.js'
import { spoiltIn } from '../../harness/rounds.js'
import { median, spreadOf } from '../../harness/statistics.js'
import { peersOf, preparedPeersOf } from './contenders.js'
import { goals } from './goals.js'

/** @typedef {import('./measurement.js').Measurement} Measurement */
/** @typedef {import('../../harness/statistics.js').Spread} Spread */

/**
 * @typedef {object} Line
 * @property {string} name
 * @property {string | null} failure set when no round gave a valid measurement
 * @property {Spread} requestsPerSecond
 * @property {Spread} serverCpuMicros per request
 * @property {number} p50Micros
 * @property {number} p99Micros
 * @property {Record<string, Spread | null>} ratios of requests a second, by reference
 * @property {number} spoilt rounds that stayed spoilt or void after the last repeat
 * @property {number} repeated
 */

/**
 * @param {import('./contenders.js').Framework} framework
 * @param {readonly import('./contenders.js').Contender[]} contenders
 * @param {Map<string, import('../../harness/rounds.js').Outcome<Measurement>>} outcomes
 * @returns {Line[]} in the contenders' order
 */
export function summarise(framework, contenders, outcomes) {
  const speeds = new Map([...outcomes].map(([name, { rounds }]) => [name, rounds.map(requestsPerSecond)]))
  const references = [framework, peersOf(framework), preparedPeersOf(framework)].filter((name) => speeds.has(name))
  return contenders.map(({ name }) => {
    const { rounds, repeated, failure } = outcomes.get(name) ?? { rounds: [], repeated: 0, failure: 'not run' }
    const valid = rounds.filter((round) => round !== null)
    const own = speeds.get(name) ?? []
    return {
      name,
      failure: valid.length === 0 ? (failure ?? 'not measured') : null,
      requestsPerSecond: spreadOf(own.filter((speed) => speed !== null)),
      serverCpuMicros: spreadOf(valid.map((sample) => (sample.serverCpuMicros ?? Number.NaN) / sample.calls)),
      p50Micros: median(valid.map((sample) => sample.p50Micros)),
      p99Micros: median(valid.map((sample) => sample.p99Micros)),
      ratios: Object.fromEntries(
        references.map((reference) => [reference, pairedRatio(own, speeds.get(reference) ?? [])]),
      ),
      spoilt: spoiltIn(rounds),
      repeated,
    }
  })
}

/**
 * @param {readonly Line[]} lines
 * @returns {(import('./goals.js').Goal & { ratio: Spread | null, met: boolean | null })[]} met is null when not measured
 */
export function judgeGoals(lines) {
  return goals.map((goal) => {
    const ratio = lines.find(({ name }) => name === goal.contender)?.ratios[goal.reference] ?? null
    return { ...goal, ratio, met: ratio === null ? null : ratio.median >= goal.atLeast }
  })
}

/** @param {Measurement | null} sample */
function requestsPerSecond(sample) {
  return sample === null ? null : (sample.calls / sample.wallMs) * 1_000
}
