/** What is shown of the `memory` suite: its goals. */
import { formatNumber } from '../harness/table.js'
import { provenance } from './block.js'

/**
 * @param {any} report
 * @returns {import('./section.js').Presented}
 */
export function present({ plan, lines, ...report }) {
  const { rounds, endpoints, routes, liveCalls, services } = plan
  const sizes = Object.entries({ endpoints, routes, 'calls under way': liveCalls, services })
    .map(([name, count]) => `${formatNumber(count)} ${name}`)
    .join(', ')
  return {
    caption:
      `What is held, by \`npm run bench -- memory\`: ${sizes}; medians of ${rounds} rounds of fresh processes. ` +
      `RSS is that of a mesh of ${formatNumber(services)} services, less that of a process which has imported the same ` +
      "dependencies. Its goal, 8 MB or 7.6 MiB, is judged twice: with V8's defaults and with `--max-semi-space-size=1`, which " +
      `bounds the room for new objects, in both processes. ${provenance(report)}.`,
    goals: lines
      .map((line, index) => ({
        says: titleOf(lines, index),
        atMost: line.atMost,
        measured: line.spread,
        met: line.met,
        format: line.unit === 'B' ? inBytes : inMebibytes,
      }))
      .filter(({ says, met }) => met !== null || says.startsWith('RSS')),
  }
}

/**
 * A title with dots goes on with the one before it that has none.
 * @param {readonly { title: string }[]} lines
 * @param {number} index
 */
function titleOf(lines, index) {
  const { title } = lines[index]
  if (!title.startsWith('...')) return title
  const begun = lines.slice(0, index).findLast((line) => !line.title.startsWith('...'))
  return `${begun?.title}${title.replace('...', ',')}`
}

/** @param {number} bytes */
function inBytes(bytes) {
  return `${formatNumber(bytes, bytes < 100 ? 1 : 0)} B`
}

/** @param {number} bytes */
function inMebibytes(bytes) {
  return `${formatNumber(bytes / 2 ** 20, 1)} MiB`
}
