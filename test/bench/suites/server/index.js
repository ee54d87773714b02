/** The `server` suite: how many requests are left to a server by JWT, rate limit and metrics - the peers' and ours. */
import { createCalibrationRecord, defaultNoiseLimits } from '../../harness/noise.js'
import { seededRandom } from '../../harness/random.js'
import { problemsOf } from '../../harness/ratios.js'
import { losses } from '../../harness/rounds.js'
import { wrkIsInstalled } from '../../harness/wrk.js'
import { contendersOf, frameworkNames, oursOf, peersOf, preparedPeersOf } from './contenders.js'
import { renderGoal, renderLines } from './report.js'
import { runScenario } from './scenario-run.js'
import { judgeGoals, summarise } from './summary.js'
import { makeTokens } from './tokens.js'

/** Packages whose versions belong beside the numbers. */
export const packages = [
  'fastify',
  '@fastify/jwt',
  '@fastify/rate-limit',
  'fastify-metrics',
  'express',
  'express-jwt',
  'express-rate-limit',
  'express-prom-bundle',
  'prom-client',
  'jose',
]

const paces = {
  // A round for each process.
  main: { rounds: 3, processes: 3, warmUpMs: 5_000, warmMs: 1_000, durationMs: 1_000, maxRepeats: 3 },
  quick: { rounds: 2, processes: 1, warmUpMs: 300, warmMs: 50, durationMs: 150, maxRepeats: 0 },
}

/** With HS256 everybody takes part; with ES256, whose verification is dear, only those that verify everything. */
const algorithms = /** @type {const} */ (['HS256', 'ES256'])

/**
 * @param {import('../../harness/arguments.js').Arguments} options
 * @param {{ print: (text: string) => void, progress: (text: string) => void }} output
 * @returns {Promise<{ result: object, problems: string[] }>}
 */
export async function run(options, { print, progress }) {
  const basis = options.quick ? paces.quick : paces.main
  const pace = {
    ...basis,
    rounds: options.rounds ?? basis.rounds,
    durationMs: options.durationMs ?? basis.durationMs,
  }
  // In whole seconds wrk is too slow for the quick form.
  const withWrk = !options.quick && wrkIsInstalled()
  print(`load: ${withWrk ? 'wrk' : 'a process of our own'}`)
  const environment = {
    withWrk,
    random: seededRandom(options.seed),
    limits: defaultNoiseLimits,
    calibration: createCalibrationRecord(),
  }
  const results = []
  /** @type {string[]} */
  const problems = []
  for (const algorithm of algorithms) {
    const tokens = await makeTokens(algorithm)
    try {
      for (const framework of frameworkNames) {
        const title = `${framework}, ${algorithm}`
        const chosen = contendersOf(framework).filter(({ name }) => takesPart(name, framework, algorithm, options))
        const outcomes = await runScenario(chosen, pace, {
          ...environment,
          tokens,
          progress: (text) => progress(`${title}: ${text}`),
        })
        const lines = summarise(framework, chosen, outcomes)
        print(`\n${title}, ${pace.rounds} rounds of ${pace.durationMs} ms\n\n${renderLines(framework, lines)}`)
        problems.push(...[...problemsOf(lines), ...losses(outcomes)].map((problem) => `${title}: ${problem}`))
        results.push({ framework, algorithm, pace, lines, rounds: Object.fromEntries(outcomes) })
      }
    } finally {
      tokens.remove()
    }
  }

  const judged = judgeGoals(results.filter(({ algorithm }) => algorithm === 'HS256').flatMap(({ lines }) => lines))
  print(`\n${judged.map(renderGoal).join('\n')}`)
  return { result: { load: withWrk ? 'wrk' : 'undici', goals: judged, scenarios: results }, problems }
}

/**
 * @param {string} name
 * @param {import('./contenders.js').Framework} framework
 * @param {typeof algorithms[number]} algorithm
 * @param {import('../../harness/arguments.js').Arguments} options
 */
function takesPart(name, framework, algorithm, { filter }) {
  const references = [framework, peersOf(framework)]
  if (algorithm !== 'HS256' && ![...references, oursOf(framework)].includes(name)) return false
  references.push(preparedPeersOf(framework))
  return filter.test(name) || references.includes(name)
}
