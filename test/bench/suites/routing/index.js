/** The `routing` suite: what deciding costs - which route, which endpoint - and what it takes to be able to decide. */
import { formatNumber, renderTable } from '../../harness/table.js'
import { measureChanges } from './changing.js'
import { measureMatching } from './matching.js'
import { measureMemory } from './memory.js'
import { measurePicking } from './picking.js'
import { measureTables } from './tables.js'

/** Packages whose versions belong beside the numbers. */
export const packages = ['re2js']

/**
 * @typedef {object} Line
 * @property {string} name
 * @property {string} unit
 * @property {import('../../harness/statistics.js').Spread} spread of the rounds
 * @property {number | undefined} [firstMs] the first run, before the code was compiled
 * @property {number | undefined} [below] the goal; without it there is none
 */

const plans = {
  full: {
    pace: { rounds: 15, durationMs: 50 },
    buildRounds: 15,
    changes: 200,
    sizes: {
      routes: [10, 100, 1_000],
      endpoints: [10, 10_000],
      tables: [100, 1_000],
      memory: 100_000,
      changing: 10_000,
    },
  },
  quick: {
    pace: { rounds: 3, durationMs: 5 },
    buildRounds: 2,
    changes: 10,
    sizes: { routes: [1_000], endpoints: [10, 10_000], tables: [100], memory: 10_000, changing: 10_000 },
  },
}

/** Memory first: the heap is still small. */
const parts = [measureMemory, measureMatching, measurePicking, measureTables, measureChanges]

/**
 * @param {import('../../harness/arguments.js').Arguments} options
 * @param {{ print: (text: string) => void, progress: (text: string) => void }} output
 * @returns {Promise<{ result: object, problems: string[] }>}
 */
export async function run({ quick, rounds, durationMs, filter }, { print, progress }) {
  const plan = quick ? plans.quick : plans.full
  const pace = { rounds: rounds ?? plan.pace.rounds, durationMs: durationMs ?? plan.pace.durationMs }
  /** @type {Line[]} */
  const lines = []
  for (const measure of parts) {
    progress(measure.name)
    lines.push(...measure({ ...plan, pace }))
  }
  const shown = lines.filter(({ name }) => filter.test(name))
  print(`\n${render(shown)}`)

  const goals = lines.flatMap(({ name, unit, spread, below }) =>
    below === undefined ? [] : [{ name, unit, value: spread.median, below, met: spread.median < below }],
  )
  const missed = goals.filter(({ met }) => !met)
  print(`\n${goals.length - missed.length} of ${goals.length} goals met`)
  for (const { name, value, unit, below } of missed)
    print(`missed: ${name}: ${formatNumber(value, 2)} ${unit} (< ${below})`)
  const problems = lines.flatMap(({ name, spread }) => (Number.isFinite(spread.median) ? [] : [`${name}: no number`]))
  return { result: { plan: { ...plan, pace }, goals, lines }, problems }
}

/** @param {readonly Line[]} lines */
function render(lines) {
  const rows = lines.map(({ name, unit, spread, firstMs, below }) => {
    const digits = unit === 'B' ? 0 : unit === 'ms' ? 2 : 3
    return [
      name,
      unit,
      formatNumber(spread.median, digits),
      `${formatNumber(spread.min, digits)}-${formatNumber(spread.max, digits)}`,
      formatNumber(firstMs, digits),
      below === undefined ? '' : `< ${formatNumber(below, below < 1 ? 1 : 0)}`,
      below === undefined ? '' : spread.median < below ? 'met' : 'missed',
    ]
  })
  return renderTable(['what', 'unit', 'median', 'range', 'first', 'goal', ''], rows)
}
