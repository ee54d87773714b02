/** What is printed: a table a framework, and the goals in plain words. */
import { relativeSpread } from '../../harness/statistics.js'
import { formatNumber, renderTable } from '../../harness/table.js'
import { peersOf } from './contenders.js'

const header = ['server', 'requests/s', '±', '× bare', '× all three', 'CPU µs', 'p50 µs', 'p99 µs', 'noisy']

/**
 * @param {import('./contenders.js').Framework} framework
 * @param {readonly import('./summary.js').Line[]} lines
 * @returns {string}
 */
export function renderLines(framework, lines) {
  const measured = lines.filter(({ failure }) => failure === null)
  return renderTable(
    header,
    measured.map((line) => [
      line.name,
      formatNumber(line.requestsPerSecond.median),
      `${formatNumber(relativeSpread(line.requestsPerSecond) * 100)} %`,
      formatNumber(line.ratios[framework]?.median, 2),
      formatNumber(line.ratios[peersOf(framework)]?.median, 2),
      formatNumber(line.serverCpuMicros.median, 1),
      formatNumber(line.p50Micros),
      formatNumber(line.p99Micros),
      String(line.spoilt),
    ]),
  )
}

/**
 * @param {ReturnType<typeof import('./summary.js').judgeGoals>[number]} judged
 * @returns {string}
 */
export function renderGoal({ contender, reference, ratio, atLeast, met }) {
  const goal = `goal >= ${formatNumber(atLeast, 2)}`
  if (ratio === null) return `${contender} against ${reference}: not measured (${goal})`
  const range = `${formatNumber(ratio.min, 2)}-${formatNumber(ratio.max, 2)}`
  return `${contender} against ${reference}: ${formatNumber(ratio.median, 2)} of its requests/s, rounds ${range} (${goal}): ${met ? 'met' : 'missed'}`
}
