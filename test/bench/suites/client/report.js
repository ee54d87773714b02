/** What is printed: a table a scenario, and the goals in plain words. */
import { relativeSpread } from '../../harness/statistics.js'
import { formatNumber, renderTable } from '../../harness/table.js'

const header = [
  'client',
  'CPU µs',
  '±',
  '× undici.request',
  '× pool.request',
  '× fetch',
  'heap B',
  'p50 µs',
  'p99 µs',
  'calls/s',
  'server µs',
  'noisy',
]

/**
 * @param {readonly import('./summary.js').Line[]} lines
 * @returns {string}
 */
export function renderLines(lines) {
  const measured = lines.filter(({ failure }) => failure === null)
  return renderTable(
    header,
    measured.map((line) => [
      line.name,
      formatNumber(line.cpuMicros.median, 1),
      `${formatNumber(relativeSpread(line.cpuMicros) * 100)} %`,
      formatNumber(line.ratios['undici.request']?.median, 2),
      formatNumber(line.ratios['pool.request']?.median, 2),
      formatNumber(line.ratios['globalThis.fetch']?.median, 2),
      formatNumber(line.bytes),
      formatNumber(line.p50Micros),
      formatNumber(line.p99Micros),
      formatNumber(line.requestsPerSecond),
      formatNumber(line.serverCpuMicros, 1),
      String(line.spoilt),
    ]),
  )
}

/**
 * @param {ReturnType<typeof import('./summary.js').judgeGoals>[number]} judged
 * @returns {string}
 */
export function renderGoal({ contender, reference, measure, atMost, atLeast, ratio, met }) {
  const goal = atMost === undefined ? `goal >= ${formatNumber(atLeast, 2)}` : `goal <= ${formatNumber(atMost, 2)}`
  const says = `${contender}: ${measure} against ${reference}`
  if (ratio === null) return `${says}: not measured (${goal})`
  const range = `${formatNumber(ratio.min, 2)}-${formatNumber(ratio.max, 2)}`
  return `${says}: ${formatNumber(ratio.median, 2)}, rounds ${range} (${goal}): ${met ? 'met' : 'missed'}`
}
