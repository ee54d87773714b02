/** What is printed: a table, and the goals in plain words. */
import { relativeSpread } from '../../harness/statistics.js'
import { formatNumber, renderTable } from '../../harness/table.js'

const header = [
  'gateway',
  'CPU µs',
  '±',
  '× Envoy, policies',
  'requests/s',
  '× fastify, policies',
  'p50 µs',
  'p99 µs',
  'p99 × Envoy, policies',
  'upstream µs',
  'noisy',
]

/**
 * @param {readonly import('./summary.js').Line[]} lines
 * @returns {string}
 */
export function renderLines(lines) {
  return renderTable(
    header,
    lines
      .filter(({ failure }) => failure === null)
      .map((line) => [
        line.name,
        formatNumber(line.cpuMicros.median, 1),
        `${formatNumber(relativeSpread(line.cpuMicros) * 100)} %`,
        formatNumber(line.ratios.cpu?.median, 2),
        formatNumber(line.requestsPerSecond),
        formatNumber(line.ratios.rate?.median, 2),
        formatNumber(line.p50Micros),
        formatNumber(line.p99Micros),
        formatNumber(line.ratios.p99?.median, 2),
        formatNumber(line.upstreamCpuMicros, 1),
        String(line.spoilt),
      ]),
  )
}

/**
 * @param {ReturnType<typeof import('./summary.js').judgeGoals>[number]} judged
 * @returns {string}
 */
export function renderGoal({ gateway, says, measured, bound, ratio, met }) {
  const goal = `goal ${bound} ${formatNumber(ratio, 2)}`
  if (measured === null) return `${gateway}, ${says}: not measured (${goal})`
  const range = `${formatNumber(measured.min, 2)}-${formatNumber(measured.max, 2)}`
  return `${gateway}, ${says}: ${formatNumber(measured.median, 2)}, rounds ${range} (${goal}): ${met ? 'met' : 'missed'}`
}
