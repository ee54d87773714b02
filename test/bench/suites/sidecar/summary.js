/** From rounds to one line a contender and load, and the goals. */
import { pairedDifference, pairedRatio, ratioParses } from '../../harness/ratios.js'
import { spoiltIn } from '../../harness/rounds.js'
import { median, spreadOf } from '../../harness/statistics.js'
import { reference } from './contenders.js'
import { goals } from './goals.js'

/** @typedef {import('../client/measurement.js').Measurement & { residentBytes: Resident }} Measurement */
/** @typedef {{ client: number | null, server: number | null, proxies: (number | null)[] }} Resident */
/** @typedef {import('../../harness/statistics.js').Spread} Spread */

/**
 * @typedef {object} Line
 * @property {string} name
 * @property {string | null} failure set when no round gave a valid measurement
 * @property {Spread} cpuMicros client, server and proxies per call
 * @property {{ client: number, server: number, proxies: number }} shares of it
 * @property {Spread | null} ratio of the total CPU to the reference's
 * @property {number} p50Micros
 * @property {number} p99Micros
 * @property {Spread | null} addedP50Micros beyond the reference
 * @property {number} callsPerSecond
 * @property {Record<'client' | 'server' | 'proxies', number>} residentMb
 * @property {number} spoilt rounds that stayed spoilt or void after the last repeat
 */

/**
 * @param {Map<string, import('../../harness/rounds.js').Outcome<Measurement>>} outcomes of one load
 * @returns {Line[]}
 */
export function summarise(outcomes) {
  const cpuByName = new Map([...outcomes].map(([name, { rounds }]) => [name, rounds.map(totalCpu)]))
  const p50ByName = new Map([...outcomes].map(([name, { rounds }]) => [name, rounds.map((r) => r?.p50Micros ?? null)]))
  return [...outcomes].map(([name, { rounds, failure }]) => {
    const valid = rounds.filter((round) => round !== null)
    /** @param {(sample: Measurement) => number | null} read */
    const middle = (read) => median(valid.map((sample) => read(sample) ?? Number.NaN))
    return {
      name,
      failure: valid.length === 0 ? (failure ?? 'not measured') : null,
      cpuMicros: spreadOf(valid.map((sample) => totalCpu(sample) ?? Number.NaN)),
      shares: {
        client: middle((sample) => sample.cpuMicros / sample.calls),
        server: middle((sample) => (sample.serverCpuMicros ?? Number.NaN) / sample.calls),
        proxies: middle((sample) => (sumOf(sample.otherCpuMicros) ?? Number.NaN) / sample.calls),
      },
      ratio: pairedRatio(cpuByName.get(name) ?? [], cpuByName.get(reference) ?? []),
      p50Micros: middle((sample) => sample.p50Micros),
      p99Micros: middle((sample) => sample.p99Micros),
      addedP50Micros: pairedDifference(p50ByName.get(name) ?? [], p50ByName.get(reference) ?? []),
      callsPerSecond: middle((sample) => (sample.calls / sample.wallMs) * 1_000),
      residentMb: {
        client: middle(({ residentBytes }) => megabytes([residentBytes.client])),
        server: middle(({ residentBytes }) => megabytes([residentBytes.server])),
        proxies: middle(({ residentBytes }) => megabytes(residentBytes.proxies)),
      },
      spoilt: spoiltIn(rounds),
    }
  })
}

/**
 * @param {readonly { name: string, lines: readonly Line[] }[]} results one per load
 * @returns {(import('./goals.js').Goal & { value: Spread | null, met: boolean | null })[]} met is null when not measured
 */
export function judgeGoals(results) {
  return goals.map((goal) => {
    const line = results.find(({ name }) => name === goal.load)?.lines.find(({ name }) => name === goal.contender)
    const value = (goal.figure === 'cpu' ? line?.ratio : line?.addedP50Micros) ?? null
    return { ...goal, value, met: value === null ? null : value.median <= goal.atMost }
  })
}

/**
 * @param {readonly Line[]} lines
 * @returns {string[]} what did not run, or gave no ratio
 */
export function problemsOf(lines) {
  return lines.flatMap(({ name, failure, ratio }) => {
    if (failure !== null) return [`${name}: ${failure}`]
    return ratioParses(ratio) ? [] : [`${name}: no ratio against ${reference}`]
  })
}

/** @param {Measurement | null} sample */
function totalCpu(sample) {
  if (sample === null) return null
  const total = sumOf([sample.cpuMicros, sample.serverCpuMicros, ...sample.otherCpuMicros])
  return total === null ? null : total / sample.calls
}

/**
 * @param {readonly (number | null)[]} values
 * @returns {number | null} null when one of them was not measured
 */
function sumOf(values) {
  return values.reduce((sum, value) => (sum === null || value === null ? null : sum + value), 0)
}

/** @param {readonly (number | null)[]} bytes */
function megabytes(bytes) {
  const sum = sumOf(bytes)
  return sum === null ? null : sum / 2 ** 20
}
