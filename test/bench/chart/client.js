/** What is shown of the `client` suite. */
import { formatNumber } from '../harness/table.js'
import { titleOf as titleOfLoad } from '../suites/client/scenarios.js'
import { ratioOf } from '../suites/client/summary.js'
import { describeRounds, markdownTable, provenance } from './block.js'

/** What undici costs with nothing around it. */
const floor = 'dispatch'

/** Names of the suite, in the order of the chart. */
const shown = [
  'got',
  'axios',
  'globalThis.fetch',
  'undici.fetch',
  'naive stack on undici.fetch',
  'naive stack on pool.request',
  'cockatiel stack on pool.request',
  'undici.request',
  'pool.request',
  floor,
  'mesh.fetch, policies off',
  'mesh.request, policies off',
  'mesh.fetch, all policies',
  'mesh.request, all policies',
]

/** In the table only: bars of the longest would leave nothing of the others, and those without policies nothing new. */
const apart = ['got', 'axios', 'undici.fetch', 'mesh.fetch, policies off', 'mesh.request, policies off']

/** What is shown of other loads, beside `pool.request`, which their ratios are made with. */
const elsewhere = ['mesh.request, all policies', 'mesh.fetch, all policies', 'globalThis.fetch']

const ratios = ['pool.request', 'undici.request', 'globalThis.fetch']

/**
 * @param {any} report
 * @returns {import('./section.js').Presented}
 */
export function present(report) {
  const main = report.scenarios.find(
    ({ transport, payload, concurrency }) => transport === 'http' && payload === '500B' && concurrency === 50,
  )
  if (main === undefined) throw new RangeError('this run has no main scenario: HTTP, 500 B, 50 in flight')
  const lines = shown.flatMap((name) => main.lines.filter((line) => line.name === name && line.failure === null))
  const outcomes = new Map(Object.entries(main.rounds))
  const load = 'HTTP, 500 B of JSON, 50 in flight'
  return {
    chart: {
      title: 'Client CPU of one call, µs',
      subtitle: `${load}; medians of ${main.pace.rounds} interleaved rounds, Node ${report.machine.node.slice(1)}`,
      format: (/** @type {number} */ value) => formatNumber(value, 1),
      bars: lines
        .filter(({ name }) => !apart.includes(name))
        .map(({ name, cpuMicros }) => ({
          label: name,
          parts: [{ value: cpuMicros.median, kind: name.startsWith('mesh') ? 'ours' : 'theirs' }],
        })),
    },
    table: markdownTable(
      ['client', 'CPU µs', ...ratios.map(titleOf), 'heap B', 'p50 µs', 'p99 µs'],
      lines.map((line) => [
        ...cellsOf(line),
        formatNumber(line.bytes),
        formatNumber(line.p50Micros),
        formatNumber(line.p99Micros),
      ]),
    ),
    brief: markdownTable(['client', 'CPU µs', ...ratios.map(titleOf)], lines.map(cellsOf)),
    caption: `${load}; ${describeRounds(main.lines, main.pace.rounds)}. ${provenance(report)}.`,
    goals: report.goals.map(({ contender, reference, measure, ratio, ...goal }) => ({
      says: `${contender}: ${measure} × ${reference}`,
      measured: ratio,
      floor: ratioOf(outcomes, floor, { reference, measure })?.median,
      ...goal,
    })),
    more: otherLoads(report.scenarios.filter((scenario) => scenario !== main)),
  }
}

/**
 * @param {any[]} scenarios
 * @returns {string | undefined} undefined when the run had one only
 */
function otherLoads(scenarios) {
  if (scenarios.length === 0) return undefined
  const rows = scenarios.map((scenario) => {
    const lineOf = (/** @type {string} */ wanted) => scenario.lines.find(({ name }) => name === wanted)
    const times = elsewhere.map((name) => formatNumber(lineOf(name)?.ratios['pool.request']?.median, 2))
    return [titleOfLoad(scenario), formatNumber(lineOf('pool.request')?.cpuMicros.median, 1), ...times]
  })
  const header = ['other loads', '`pool.request`, CPU µs', ...elsewhere.map((name) => `× ${codeOf(name)}`)]
  return `${markdownTable(header, rows)}\n\nMedians of ${scenarios[0].pace.rounds} interleaved rounds in the same run; bodies of 1 MB are not asked for 500 at a time.`
}

/** @param {string} reference */
function titleOf(reference) {
  return `× \`${reference.replace('globalThis.', '')}\``
}

/** @param {string} name */
function codeOf(name) {
  return `\`${name}\``.replace(/`(.* stack on .*)`/, '$1').replace(/`(mesh\.\w+), (.*)`/, '**`$1`, $2**')
}

/** @param {import('../suites/client/summary.js').Line} line */
function cellsOf({ name, cpuMicros, ratios: measured }) {
  return [
    codeOf(name),
    formatNumber(cpuMicros.median, 1),
    ...ratios.map((reference) => formatNumber(measured[reference]?.median, 2)),
  ]
}
