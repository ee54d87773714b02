/** What is shown of the `sidecar` suite. */
import { formatNumber } from '../harness/table.js'
import { reference, whole, wholeAtOnce } from '../suites/sidecar/contenders.js'
import { saturation } from '../suites/sidecar/loads.js'
import { describeRounds, markdownTable, provenance } from './block.js'

const shown = [
  reference,
  whole,
  wholeAtOnce,
  'HAProxy pair, mTLS',
  'nginx pair, mTLS',
  'Envoy pair, mTLS',
  'naive stack on fetch, mTLS',
]
const header = ['path', 'CPU µs: client, server, proxies', '× direct']
const paced = ['200 calls/s', '1,000 calls/s']

/**
 * @param {any} report
 * @returns {import('./section.js').Presented}
 */
export function present(report) {
  const linesAt = (/** @type {string} */ name) => report.loads.find((load) => load.name === name)?.lines ?? []
  const names = shown.filter((name) => linesAt(saturation).some((line) => line.name === name && line.failure === null))
  const lineOf = (/** @type {string} */ load, /** @type {string} */ name) =>
    linesAt(load).find((line) => line.name === name)
  const { rounds } = report.loads[0].pace
  const measured = report.loads.flatMap(({ lines }) => lines)
  const versions = Object.entries(report.versions).map(([name, version]) => `${name} ${version}`)
  const cellsOf = (/** @type {string} */ name) => {
    const { shares, ratio } = lineOf(saturation, name)
    const parts = [shares.client, shares.server, shares.proxies].map((value) => formatNumber(value))
    return [isOurs(name) ? `**${labelOf(name)}**` : labelOf(name), parts.join(', '), formatNumber(ratio?.median, 2)]
  }
  return {
    chart: {
      title: 'CPU of one call with mutual TLS, both sides and what is between them, µs',
      subtitle: `500 B of JSON, ${saturation}; orange: the proxies; medians of ${rounds} interleaved rounds`,
      format: (/** @type {number} */ value) => formatNumber(value),
      bars: names.map((name) => {
        const { shares } = lineOf(saturation, name)
        const kind = isOurs(name) ? 'ours' : 'theirs'
        const ends = { value: shares.client + shares.server, kind }
        return { label: labelOf(name), parts: [ends, { value: shares.proxies, kind: 'between' }] }
      }),
    },
    table: markdownTable(
      [...header, ...paced.map((load) => `p50 added at ${load}, µs`), 'proxies MB'],
      names.map((name) => [
        ...cellsOf(name),
        ...paced.map((load) => formatNumber(lineOf(load, name)?.addedP50Micros?.median)),
        formatNumber(lineOf(saturation, name).residentMb.proxies),
      ]),
    ),
    brief: markdownTable(header, names.map(cellsOf)),
    caption:
      `500 B of JSON over mutual TLS, ${saturation} and at a fixed pace; ${describeRounds(measured, rounds)}. ` +
      '`mesh.server` writes the replies of one turn of the event loop together, but for "each reply at once". ' +
      `${provenance(report, versions)}.`,
    goals: report.goals.map(({ contender, load, says, figure, value, ...goal }) => ({
      says: `${labelOf(contender)}, ${load}: ${says}`,
      measured: value,
      ...(figure === 'cpu' ? {} : { format: (/** @type {number} */ micros) => formatNumber(micros) }),
      ...goal,
    })),
  }
}

/** @param {string} name */
function isOurs(name) {
  return name === whole || name === wholeAtOnce
}

/** @param {string} name */
function labelOf(name) {
  if (name === reference) return 'undici.request to https, bare'
  return name.replace(/, mTLS$/, '')
}
