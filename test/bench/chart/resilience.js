/** What is shown of the `resilience` suite: in the README what most people ask, in the guide every figure. */
import { spreadOf } from '../harness/statistics.js'
import { formatNumber } from '../harness/table.js'
import { isMissed } from '../suites/resilience/figure.js'
import { markdownTable, provenance } from './block.js'

/** @typedef {import('../suites/resilience/figure.js').Figure} Figure */

/**
 * What a row says, and the figures that it has, each the worst of those of its name. `$1` is a number in the name of the first.
 * @type {readonly { says: string, of: readonly RegExp[] }[]}
 */
const rows = [
  {
    says: 'attempts a call while every call fails (budget of 10 %, plus one a second)',
    of: [/^attempts per call at 100 % failure/],
  },
  {
    says: 'calls that the last of four services gets for each, while it fails',
    of: [/^calls of the last service for each/],
  },
  {
    says: 'of $1 POSTs under resets, cuts and silence, how many took effect twice (naive: of $2)',
    of: [/^POSTs that took effect twice, of (\d+) \(naive: of (\d+)\)/],
  },
  {
    says: 'overshoot of a deadline of 400 ms: connect, queue, TLS, upload, headers, body, drip, endless 1xx, back-off; the worst',
    of: [/^overshoot, /],
  },
  {
    says: 'p99 while one of five endpoints is 15 times as slow, with `peak-ewma`; the goal is twice what it was before',
    of: [/^p99 with 1 of 5 endpoints/],
  },
  { says: 'memory for a gzip bomb of 200 MiB that a callee sends', of: [/^memory for (it|that gzip bomb)$/] },
  {
    says: 'rolling restarts of three instances under 200 calls/s: failed calls of $1',
    of: [/^failed calls of (\d+) in a rolling restart/],
  },
  { says: 'SIGTERM with $1 connections kept alive: resets', of: [/^resets on (\d+) connections/] },
  {
    says: 'random faults, $1 calls: overshoot of 99.9 % of them, unhandled rejections, handles left',
    of: [/^overshoot of 99.9 % of (\d+) calls/, /^unhandled rejections/, /^handles left/],
  },
]

/**
 * @param {any} report
 * @returns {import('./section.js').Presented}
 */
export function present({ figures, ...report }) {
  const named = figures.map((/** @type {Figure} */ figure) => ({ ...figure, name: titleOf(figure) }))
  const { opossum, 'p-retry': retry } = report.machine.packages
  return {
    table: markdownTable(
      ['under faults', 'goal', 'measured', 'naive stack'],
      rows.flatMap((row) => rowOf(row, named)),
    ),
    caption:
      'The naive stack is `fetch` with opossum, p-retry and `AbortSignal.timeout`. One run; where it misses a goal there are two ' +
      'more, of which the middle counts for what depends on the machine, the worst for the rest. ' +
      `${provenance(report, [`opossum ${opossum}`, `p-retry ${retry}`])}.`,
    goals: named.map((figure) => ({
      says:
        figure.lateMs < 1 ? figure.name : `${figure.name}; an idle thread was ${formatNumber(figure.lateMs)} ms late`,
      [figure.least ? 'atLeast' : 'atMost']: figure.goal,
      measured: figure.value === null ? null : spreadOf([figure.value]),
      met: figure.value === null ? null : !isMissed(figure),
      format: formatOf(figure),
    })),
  }
}

/** Without the numbers of requirements. @param {Figure} figure */
function titleOf({ name }) {
  return name.replace(/^N\d+ | \([A-Z]\d+\)/g, '')
}

/**
 * @param {typeof rows[number]} row
 * @param {readonly Figure[]} figures
 * @returns {string[][]} none when the run left one of them out
 */
function rowOf({ says, of }, figures) {
  const found = of.map((pattern) => worstOf(figures.filter(({ name }) => pattern.test(name))))
  const [first] = found
  if (first === undefined || found.includes(undefined)) return []
  const numbers = of[0].exec(first.name) ?? []
  return [
    [
      says.replace(/\$(\d)/g, (_whole, index) => formatNumber(Number(numbers[index]))),
      found.map((figure) => `${figure.least ? '≥' : '≤'} ${formatOf(figure)(figure.goal)}`).join(', '),
      found.map((figure) => formatOf(figure)(figure.value)).join(', '),
      first.naive === undefined ? '' : formatOf(first)(first.naive),
    ],
  ]
}

/**
 * @param {readonly Figure[]} figures of at most so much each
 * @returns {Figure | undefined}
 */
function worstOf(figures) {
  return figures.toSorted((a, b) => b.value - a.value)[0]
}

/** @param {Figure} figure */
function formatOf({ digits, unit }) {
  return (/** @type {number} */ value) => `${formatNumber(value, digits)}${unit}`
}
