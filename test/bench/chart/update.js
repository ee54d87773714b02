/** What is shown of the `update` suite: how long a large config takes, and how long it holds the event loop. */
import { spreadOf } from '../harness/statistics.js'
import { formatNumber } from '../harness/table.js'
import { provenance } from './block.js'

/** What the goal of time is about; the rest is shown beside it. */
const judged = ['all services new', 'all services changed']

/**
 * @param {any} report
 * @returns {import('./section.js').Presented}
 */
export function present({ size, goals, measured, ...report }) {
  const each = formatNumber(size.services * size.each)
  const subject = `\`mesh.update()\` with ${formatNumber(size.services)} services, ${each} routes and ${each} endpoints`
  const names = new Set(measured.map(({ name }) => name))
  const longestMs = Math.max(...measured.map((update) => update.longestMs))
  return {
    subject,
    caption:
      `${subject}, by \`npm run bench -- update\`. A block is the time between two turns of the event loop. ` +
      `${provenance(report)}.`,
    goals: [
      ...[...names].map((name) => {
        const spread = spreadOf(measured.filter((update) => update.name === name).map(({ tookMs }) => tookMs))
        const atMost = judged.includes(name) ? goals.tookMs : undefined
        const met = atMost === undefined ? null : spread.median <= atMost
        return { says: name, atMost, measured: spread, met, format: inMs }
      }),
      {
        says: `longest block of the event loop in any of ${measured.length} updates`,
        atMost: goals.longestMs,
        measured: spreadOf([longestMs]),
        met: longestMs <= goals.longestMs,
        format: inMs,
      },
    ],
  }
}

/** @param {number} ms */
function inMs(ms) {
  return `${formatNumber(ms, ms < 100 ? 1 : 0)} ms`
}
