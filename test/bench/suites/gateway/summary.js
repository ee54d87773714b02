/** From rounds to one line a gateway, its ratios and the goals. */
import { pairedRatio, ratioParses } from '../../harness/ratios.js'
import { spoiltIn } from '../../harness/rounds.js'
import { median, spreadOf } from '../../harness/statistics.js'
import { references } from './gateways.js'
import { goals } from './goals.js'

/** @typedef {import('./measurement.js').Measurement} Measurement */
/** @typedef {import('../../harness/statistics.js').Spread} Spread */
/** @typedef {Map<string, import('../../harness/rounds.js').Outcome<Measurement>>} Outcomes */

/**
 * @typedef {object} Line
 * @property {string} name
 * @property {string | null} failure set when no round gave a valid measurement
 * @property {Spread} cpuMicros of the gateway, per request
 * @property {number} upstreamCpuMicros per request
 * @property {number} requestsPerSecond
 * @property {number} p50Micros
 * @property {number} p99Micros
 * @property {{ cpu: Spread | null, p99: Spread | null, rate: Spread | null }} ratios against the references
 * @property {number} spoilt rounds that stayed spoilt or void after the last repeat
 * @property {number} repeated
 */

/** @type {Record<'cpu' | 'p99' | 'rate', (sample: Measurement) => number>} */
const figures = {
  cpu: ({ gatewayCpuMicros, calls }) => gatewayCpuMicros / calls,
  p99: ({ p99Micros }) => p99Micros,
  rate: ({ calls, wallMs }) => (calls / wallMs) * 1_000,
}

/**
 * @param {Outcomes} outcomes
 * @returns {Line[]}
 */
export function summarise(outcomes) {
  return [...outcomes].map(([name, { rounds, repeated, failure }]) => {
    const valid = rounds.filter((round) => round !== null)
    return {
      name,
      failure: valid.length === 0 ? (failure ?? 'not measured') : null,
      cpuMicros: spreadOf(valid.map(figures.cpu)),
      upstreamCpuMicros: median(valid.map(({ upstreamCpuMicros, calls }) => (upstreamCpuMicros ?? Number.NaN) / calls)),
      requestsPerSecond: median(valid.map(figures.rate)),
      p50Micros: median(valid.map(({ p50Micros }) => p50Micros)),
      p99Micros: median(valid.map(figures.p99)),
      ratios: {
        cpu: ratioOf(outcomes, name, references.cpu, 'cpu'),
        p99: ratioOf(outcomes, name, references.cpu, 'p99'),
        rate: ratioOf(outcomes, name, references.rate, 'rate'),
      },
      spoilt: spoiltIn(rounds),
      repeated,
    }
  })
}

/**
 * @param {Outcomes} outcomes
 * @param {string} name
 * @param {string} reference
 * @param {'cpu' | 'p99' | 'rate'} figure
 */
function ratioOf(outcomes, name, reference, figure) {
  const [values, others] = [name, reference].map((one) =>
    (outcomes.get(one)?.rounds ?? []).map((sample) => (sample === null ? null : figures[figure](sample))),
  )
  return pairedRatio(values ?? [], others ?? [])
}

/**
 * @param {Outcomes} outcomes
 * @returns {(import('./goals.js').Goal & { measured: Spread | null, met: boolean | null })[]} met is null when not measured
 */
export function judgeGoals(outcomes) {
  return goals.map((goal) => {
    const measured = ratioOf(outcomes, goal.gateway, goal.reference, goal.figure)
    if (measured === null) return { ...goal, measured, met: null }
    return {
      ...goal,
      measured,
      met: goal.bound === 'at most' ? measured.median <= goal.ratio : measured.median >= goal.ratio,
    }
  })
}

/**
 * @param {readonly Line[]} lines
 * @returns {string[]} what did not run, or gave no ratio against a reference that did
 */
export function problemsOf(lines) {
  const ran = (/** @type {string} */ name) => lines.some((line) => line.name === name && line.failure === null)
  return lines.flatMap(({ name, failure, ratios }) => {
    if (failure !== null) return [`${name}: ${failure}`]
    const expected = [
      ...(ran(references.cpu) ? [ratios.cpu, ratios.p99] : []),
      ...(ran(references.rate) ? [ratios.rate] : []),
    ]
    return expected.every(ratioParses) ? [] : [`${name}: a ratio does not parse`]
  })
}
