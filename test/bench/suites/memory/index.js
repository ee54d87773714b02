/** The `memory` suite: what an endpoint, a route, a call under way and a whole mesh hold, and what calls leave behind. */
import { figureParses } from '../../harness/ratios.js'
import { startProcess } from '../../harness/remote-process.js'
import { spreadOf } from '../../harness/statistics.js'
import { formatNumber, renderTable } from '../../harness/table.js'
import { measurements, smallYoungGeneration } from './measurements.js'

/** Packages whose versions belong beside the numbers. */
export const packages = ['undici', 'opossum', 'prom-client', 'valibot']

const plans = {
  full: {
    rounds: 2,
    endpoints: 20_000,
    routes: 5_000,
    liveCalls: 1_000,
    services: 100,
    slopeCalls: 1_000_000,
  },
  quick: { rounds: 1, endpoints: 2_000, routes: 500, liveCalls: 200, services: 20, slopeCalls: 50_000 },
}

const KIB = 2 ** 10
const MIB = 2 ** 20
const MOST_RESIDENT = 8_000_000

/**
 * @typedef {object} Row
 * @property {string} key
 * @property {string} title
 * @property {'B' | 'MiB'} unit
 * @property {number} [atMost] the goal, bytes
 */

/** @type {readonly Row[]} */
const rows = [
  { key: 'endpointState', title: 'state of an endpoint, its pool apart', unit: 'B', atMost: 2 * KIB },
  { key: 'meshEndpoint', title: 'an endpoint in a mesh with every policy, its pool apart', unit: 'B', atMost: 2 * KIB },
  { key: 'meshRoute', title: 'a route with a split, a timeout and retries', unit: 'B' },
  { key: 'poolHead', title: 'call that waits for its reply, pool.request', unit: 'B' },
  { key: 'transportHead', title: 'call that waits for its reply, bare transport', unit: 'B' },
  { key: 'meshHead', title: 'call that waits for its reply, every policy', unit: 'B' },
  { key: 'beyondTransportHead', title: '... beyond the bare transport', unit: 'B', atMost: KIB },
  { key: 'transportBody', title: 'call that reads its body, bare transport', unit: 'B' },
  { key: 'meshBody', title: 'call that reads its body, every policy', unit: 'B' },
  { key: 'beyondTransportBody', title: '... beyond the bare transport', unit: 'B', atMost: KIB },
  { key: 'meshUsual', title: 'RSS of a mesh beyond its dependencies', unit: 'MiB', atMost: MOST_RESIDENT },
  { key: 'meshCreated', title: `... with ${smallYoungGeneration}`, unit: 'MiB', atMost: MOST_RESIDENT },
  { key: 'meshCalled', title: `... with ${smallYoungGeneration}, each service called once`, unit: 'MiB' },
  { key: 'slope', title: 'left on the heap by a call', unit: 'B', atMost: 1 },
]

/**
 * @param {import('../../harness/arguments.js').Arguments} options
 * @param {{ print: (text: string) => void, progress: (text: string) => void }} output
 * @returns {Promise<{ result: object, problems: string[] }>}
 */
export async function run(options, { print, progress }) {
  const plan = options.quick ? plans.quick : plans.full
  const rounds = options.rounds ?? plan.rounds
  const upstream = startProcess(new URL('./upstream.js', import.meta.url))
  /** @type {Map<string, number[]>} */
  const weighed = new Map()
  try {
    const origins = await upstream.call('listen', { ports: 10 })
    for (let round = 0; round < rounds; round += 1) {
      for (const [name, measure] of Object.entries(measurements)) {
        if (!options.filter.test(name)) continue
        // A million calls in a row need no second time.
        if (name === 'slope' && round > 0) continue
        progress(`${name}, round ${round + 1} of ${rounds}`)
        for (const [key, bytes] of Object.entries(await measure({ plan, origins, upstream })))
          weighed.set(key, [...(weighed.get(key) ?? []), bytes])
      }
    }
  } finally {
    await upstream.stop()
  }

  const lines = rows.flatMap((row) => {
    const values = weighed.get(row.key)
    if (values === undefined) return []
    const spread = spreadOf(values)
    return [{ ...row, spread, met: row.atMost === undefined ? null : spread.median <= row.atMost }]
  })
  const { endpoints, routes, liveCalls, services, slopeCalls } = plan
  const sizes = `${endpoints} endpoints, ${routes} routes, ${liveCalls} calls under way, ${services} services, ${slopeCalls} calls`
  print(`\n${sizes}; ${rounds} rounds of fresh processes\n\n${render(lines)}`)
  const problems = lines.filter(({ spread }) => !figureParses(spread)).map(({ title }) => `${title}: no number`)
  const goals = lines.filter(({ met }) => met !== null)
  return { result: { plan: { ...plan, rounds }, goals, lines }, problems }
}

/** @param {readonly (Row & { spread: import('../../harness/statistics.js').Spread, met: boolean | null })[]} lines */
function render(lines) {
  return renderTable(
    ['what is held', 'unit', 'median', 'range', 'goal', ''],
    lines.map(({ title, unit, spread, atMost, met }) => {
      const show = (bytes) => (unit === 'B' ? formatNumber(bytes, bytes < 100 ? 1 : 0) : formatNumber(bytes / MIB, 1))
      return [
        title,
        unit,
        show(spread.median),
        `${show(spread.min)}-${show(spread.max)}`,
        atMost === undefined ? '' : `<= ${show(atMost)}`,
        met === null ? '' : met ? 'met' : 'missed',
      ]
    }),
  )
}
