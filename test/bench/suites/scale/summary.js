/** From rounds to one line a cluster. */
import { pairedRatio } from '../../harness/ratios.js'
import { spoiltIn } from '../../harness/rounds.js'
import { median } from '../../harness/statistics.js'

/** @typedef {import('./clusters.js').Measurement} Measurement */

/**
 * @param {Map<string, import('../../harness/rounds.js').Outcome<Measurement>>} outcomes
 */
export function summarise(outcomes) {
  const cpuByName = new Map([...outcomes].map(([name, { rounds }]) => [name, rounds.map(clusterCpu)]))
  return [...outcomes].map(([name, { rounds, failure }]) => {
    const valid = rounds.filter((round) => round !== null)
    /** @param {(sample: Measurement) => number} read */
    const middle = (read) => median(valid.map(read))
    const one = cpuByName.get(name.replace(/^2 workers/, '1 worker')) ?? []
    return {
      name,
      failure: valid.length === 0 ? (failure ?? 'not measured') : null,
      requestsPerSecond: middle((sample) => (sample.calls / sample.wallMs) * 1_000),
      cpuMicros: middle((sample) => clusterCpu(sample)),
      ratio: name.startsWith('1') ? undefined : pairedRatio(cpuByName.get(name) ?? [], one),
      leastShare: middle(({ byWorker }) => Math.min(...byWorker) / byWorker.reduce((sum, count) => sum + count, 0)),
      residentMb: middle(({ residentMb }) => residentMb),
      p50Micros: middle(({ p50Micros }) => p50Micros),
      p99Micros: middle(({ p99Micros }) => p99Micros),
      spoilt: spoiltIn(rounds),
    }
  })
}

/**
 * Workers and their primary, which collects metrics.
 * @param {Measurement | null} sample
 */
function clusterCpu(sample) {
  if (sample === null) return Number.NaN
  const parts = [sample.serverCpuMicros, ...sample.otherCpuMicros]
  return parts.reduce((sum, micros) => sum + (micros ?? Number.NaN), 0) / sample.calls
}
