/** The `gateway` suite: what a proxy in front of one service costs, bare and with a token, a limit and metrics. */
import { createCalibrationRecord, defaultNoiseLimits } from '../../harness/noise.js'
import { canPin, cores, pin } from '../../harness/pinning.js'
import { seededRandom } from '../../harness/random.js'
import { interleave, losses, turnOf } from '../../harness/rounds.js'
import { findTool } from '../../harness/tool-process.js'
import { gateways, references } from './gateways.js'
import { checkReplies, createLoad } from './load.js'
import { measureOnce } from './measurement.js'
import { renderGoal, renderLines } from './report.js'
import { startGateway } from './running.js'
import { judgeGoals, problemsOf, summarise } from './summary.js'
import { startUpstream } from './upstream.js'

/** Packages whose versions belong beside the numbers. */
export const packages = [
  'undici',
  'jose',
  'fastify',
  '@fastify/http-proxy',
  '@fastify/jwt',
  '@fastify/rate-limit',
  'fastify-metrics',
  'express',
  'http-proxy-middleware',
  'express-jwt',
  'express-rate-limit',
  'express-prom-bundle',
]

const MOST_WARM_UP_MS = 15_000

/** Measurements in whole seconds: wrk knows no shorter ones. */
const paces = {
  full: {
    rounds: 5,
    processes: 3,
    // On one core the compiler takes its time from what it compiles: until it has done, p99 is its own.
    warmUpCalls: 150_000,
    leadInMs: 1_000,
    durationMs: 3_000,
    maxRepeats: 2,
    concurrency: 50,
  },
  quick: { rounds: 1, processes: 1, warmUpCalls: 1, leadInMs: 0, durationMs: 1_000, maxRepeats: 0, concurrency: 50 },
}

/**
 * @param {import('../../harness/arguments.js').Arguments} options
 * @param {{ print: (text: string) => void, progress: (text: string) => void }} output
 * @returns {Promise<{ result: object, problems: string[] }>}
 */
export async function run(options, { print, progress }) {
  const pace = paceOf(options)
  const chosen = gateways.filter(({ name }) => options.filter.test(name) || Object.values(references).includes(name))
  const present = chosen.filter(({ tool }) => tool === null || findTool(tool) !== null)
  const absent = chosen.filter((gateway) => !present.includes(gateway)).map(({ name }) => name)
  for (const name of absent) print(`left out: ${name} (not installed)`)
  const versions = versionsOf(present)

  // What is started from here on stays with the load, but for what is measured.
  pin(process.pid, cores.load)
  const upstream = await startUpstream()
  const load = createLoad()
  print(
    `${versions.join(', ')}; load by ${load.name}; ${canPin ? `the gateway alone on core ${cores.measured}` : 'nothing is pinned'}`,
  )
  const environment = { load, upstream: upstream.process, calibration: createCalibrationRecord() }
  /** @type {Map<string, import('./running.js').Running[]>} */
  const running = new Map()
  /** @type {Map<string, string>} */
  const failures = new Map()
  try {
    for (const gateway of present) {
      progress(`opening ${gateway.name}`)
      /** @type {import('./running.js').Running[]} */
      const team = []
      running.set(gateway.name, team)
      try {
        while (team.length < pace.processes) team.push(await startGateway(gateway, upstream.port))
        for (const { port } of team) {
          await checkReplies(port)
          await warmUp(load, port, pace)
        }
      } catch (error) {
        failures.set(gateway.name, error instanceof Error ? error.message : String(error))
      }
    }
    const contestants = [...running]
      .filter(([name]) => !failures.has(name))
      .map(([name, team]) => ({
        name,
        /** @param {number} round */
        measure: (round) => measureOnce(turnOf(team, round), pace, environment),
      }))
    const outcomes = await interleave(contestants, {
      ...pace,
      random: seededRandom(options.seed),
      limits: defaultNoiseLimits,
      onRound: (round) => progress(`round ${round + 1} of ${pace.rounds}`),
      failures,
    })

    const lines = summarise(outcomes)
    const judged = judgeGoals(outcomes)
    print(`\n${pace.concurrency} connections, ${pace.rounds} rounds of ${pace.durationMs} ms\n\n${renderLines(lines)}`)
    print(`\n${judged.map(renderGoal).join('\n')}`)
    const result = {
      leftOut: absent,
      versions,
      load: load.name,
      pace,
      goals: judged,
      lines,
      rounds: Object.fromEntries(outcomes),
    }
    return { result, problems: [...problemsOf(lines), ...losses(outcomes)] }
  } finally {
    await Promise.all([...running.values()].flat().map(({ stop }) => stop()))
    await load.stop()
    await upstream.process.stop()
  }
}

/**
 * Counted in calls, for that is what a compiler counts in: on a busy machine seconds say little.
 * @param {import('./load.js').Load} load
 * @param {number} port
 * @param {{ warmUpCalls: number, concurrency: number }} pace
 */
async function warmUp(load, port, { warmUpCalls, concurrency }) {
  const end = performance.now() + MOST_WARM_UP_MS
  let calls = 0
  while (calls < warmUpCalls && performance.now() < end)
    calls += (await load.drive(port, { concurrency, durationMs: 1_000 })).calls
}

/**
 * @param {readonly import('./gateways.js').Gateway[]} present
 * @returns {string[]}
 */
function versionsOf(present) {
  const used = new Set(present.flatMap(({ tool }) => (tool === null ? [] : [tool])))
  return [...used].map((tool) => `${tool.program} ${findTool(tool)?.version}`)
}

/** @param {import('../../harness/arguments.js').Arguments} options */
function paceOf({ quick, rounds, durationMs, concurrencies }) {
  const pace = quick ? paces.quick : paces.full
  const [concurrency = pace.concurrency] = concurrencies ?? []
  return { ...pace, rounds: rounds ?? pace.rounds, durationMs: durationMs ?? pace.durationMs, concurrency }
}
