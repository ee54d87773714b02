/** What is printed: a table a load, and the goals in plain words. */
import { relativeSpread } from '../../harness/statistics.js'
import { formatNumber, renderTable } from '../../harness/table.js'

const header = [
  'path',
  'CPU µs',
  '±',
  'client',
  'server',
  'proxies',
  '× direct mTLS',
  'p50 µs',
  'p99 µs',
  'p50 added µs',
  'calls/s',
  'client MB',
  'server MB',
  'proxies MB',
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
      formatNumber(line.shares.client, 1),
      formatNumber(line.shares.server, 1),
      formatNumber(line.shares.proxies, 1),
      formatNumber(line.ratio?.median, 2),
      formatNumber(line.p50Micros),
      formatNumber(line.p99Micros),
      formatNumber(line.addedP50Micros?.median),
      formatNumber(line.callsPerSecond),
      formatNumber(line.residentMb.client),
      formatNumber(line.residentMb.server),
      formatNumber(line.residentMb.proxies),
      String(line.spoilt),
    ]),
  )
}

/**
 * @param {ReturnType<typeof import('./summary.js').judgeGoals>[number]} judged
 * @returns {string}
 */
export function renderGoal({ contender, load, says, figure, value, atMost, met }) {
  const digits = figure === 'cpu' ? 2 : 0
  const goal = `goal <= ${formatNumber(atMost, digits)}`
  const what = `${contender}, ${load}: ${says}`
  if (value === null) return `${what}: not measured (${goal})`
  const range = `${formatNumber(value.min, digits)} to ${formatNumber(value.max, digits)}`
  return `${what}: ${formatNumber(value.median, digits)}, rounds ${range} (${goal}): ${met ? 'met' : 'missed'}`
}
