/** The `client` suite: what one call costs its caller, bare, with others' stacks and with the mesh. */
import { createCalibrationRecord, defaultNoiseLimits } from '../../harness/noise.js'
import { seededRandom } from '../../harness/random.js'
import { problemsOf } from '../../harness/ratios.js'
import { losses } from '../../harness/rounds.js'
import { contenders, references, whyOursAreLeftOut } from './contenders.js'
import { renderGoal, renderLines } from './report.js'
import { runScenario } from './scenario-run.js'
import { chooseScenarios, isTooLarge, titleOf } from './scenarios.js'
import { judgeGoals, summarise } from './summary.js'
import { startUpstream } from './upstream.js'

/** Packages whose versions belong beside the numbers. */
export const packages = [
  'undici',
  'opossum',
  'p-retry',
  'prom-client',
  '@opentelemetry/api',
  'cockatiel',
  'axios',
  'got',
]

/** @type {Record<'main' | 'other' | 'quick', import('./scenario-run.js').Pace>} */
const paces = {
  main: { rounds: 7, processes: 3, warmUpMs: 4_000, warmMs: 1_000, durationMs: 1_000, maxRepeats: 3 },
  other: { rounds: 5, processes: 1, warmUpMs: 1_000, warmMs: 150, durationMs: 500, maxRepeats: 2 },
  quick: { rounds: 2, processes: 1, warmUpMs: 600, warmMs: 50, durationMs: 150, maxRepeats: 1 },
}

/**
 * @param {import('../../harness/arguments.js').Arguments} options
 * @param {{ print: (text: string) => void, progress: (text: string) => void }} output
 * @returns {Promise<{ result: object, problems: string[] }>}
 */
export async function run(options, { print, progress }) {
  const leftOut = await whyOursAreLeftOut()
  const present = contenders.filter(({ ours }) => !ours || leftOut === null)
  const absent = contenders
    .filter(({ ours }) => ours && leftOut !== null)
    .map(({ name }) => ({ name, reason: leftOut }))
  for (const { name, reason } of absent) print(`left out: ${name} (${reason})`)

  const upstream = await startUpstream()
  const environment = {
    upstream,
    random: seededRandom(options.seed),
    limits: defaultNoiseLimits,
    calibration: createCalibrationRecord(),
  }
  const results = []
  /** @type {string[]} */
  const problems = []
  try {
    for (const scenario of chooseScenarios(options)) {
      const title = titleOf(scenario)
      if (isTooLarge(scenario)) {
        print(`\nleft out: ${title} (half a gigabyte of bodies in flight)`)
        continue
      }
      const chosen = present.filter((contender) => takesPart(contender, scenario, options))
      const pace = paceOf(scenario, options)
      const outcomes = await runScenario(scenario, chosen, pace, {
        ...environment,
        progress: (text) => progress(`${title}: ${text}`),
      })
      const lines = inOrder(summarise(outcomes), chosen)
      print(`\n${title}, ${pace.rounds} rounds of ${pace.durationMs} ms\n\n${renderLines(lines)}`)
      problems.push(...[...problemsOf(lines), ...losses(outcomes)].map((problem) => `${title}: ${problem}`))
      results.push({ ...scenario, pace, lines, rounds: Object.fromEntries(outcomes) })
    }
  } finally {
    await upstream.process.stop()
  }

  const judged = judgeGoals(mainOutcomes(results))
  print(`\n${judged.map(renderGoal).join('\n')}`)
  return { result: { leftOut: absent, goals: judged, scenarios: results }, problems }
}

/**
 * @param {import('./contenders.js').Contender} contender
 * @param {import('./scenarios.js').Scenario} scenario
 * @param {import('../../harness/arguments.js').Arguments} options
 */
function takesPart({ name, important }, { main }, { filter }) {
  if (!main && !important) return false
  return filter.test(name) || references.includes(name)
}

/**
 * @param {import('./scenarios.js').Scenario} scenario
 * @param {import('../../harness/arguments.js').Arguments} options
 */
function paceOf({ main }, { quick, rounds, durationMs }) {
  const pace = quick ? paces.quick : main ? paces.main : paces.other
  return { ...pace, rounds: rounds ?? pace.rounds, durationMs: durationMs ?? pace.durationMs }
}

/**
 * @param {import('./summary.js').Line[]} lines
 * @param {readonly import('./contenders.js').Contender[]} order
 */
function inOrder(lines, order) {
  return order.flatMap(({ name }) => lines.filter((line) => line.name === name))
}

/**
 * The scenario that the goals are about: the first one with about 500 B of JSON over plain HTTP.
 * @param {readonly { transport: string, payload: string, concurrency: number, rounds: object }[]} results
 */
function mainOutcomes(results) {
  const main = results.find(
    ({ transport, payload, concurrency }) => transport === 'http' && payload === '500B' && concurrency === 50,
  )
  return new Map(Object.entries(main?.rounds ?? {}))
}
