/** The `sidecar` suite: what a call from one process to another costs in all, direct, with the mesh, and by sidecars. */
import { residentBytes } from '../../harness/cpu.js'
import { createCalibrationRecord, defaultNoiseLimits } from '../../harness/noise.js'
import { seededRandom } from '../../harness/random.js'
import { startProcess } from '../../harness/remote-process.js'
import { interleave, losses } from '../../harness/rounds.js'
import { moduleOf, whyOursAreLeftOut } from '../client/contenders.js'
import { measureOnce } from '../client/measurement.js'
import { findContenders, reference } from './contenders.js'
import { leadIn, loads, warmUpMs } from './loads.js'
import { renderGoal, renderLines } from './report.js'
import { Stage } from './stage.js'
import { judgeGoals, problemsOf, summarise } from './summary.js'

/** Packages whose versions belong beside the numbers. */
export const packages = ['undici', 'opossum', 'p-retry', 'prom-client', '@opentelemetry/api']

/** @typedef {import('../../harness/remote-process.js').RemoteProcess} RemoteProcess */

/**
 * @typedef {object} Player
 * @property {string} name
 * @property {RemoteProcess} client
 * @property {RemoteProcess} server
 * @property {() => number[]} pids of the proxies
 */

/**
 * @param {import('../../harness/arguments.js').Arguments} options
 * @param {{ print: (text: string) => void, progress: (text: string) => void }} output
 * @returns {Promise<{ result: object, problems: string[] }>}
 */
export async function run(options, { print, progress }) {
  const found = findContenders()
  const reason = await whyOursAreLeftOut()
  const ours = found.contenders.filter((contender) => contender.ours && reason !== null)
  const absent = [...found.absent, ...ours.map(({ name }) => ({ name, reason }))]
  for (const { name, reason } of absent) print(`left out: ${name} (${reason})`)
  print(
    Object.entries(found.versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
  )

  const chosen = found.contenders.filter(
    (contender) => !ours.includes(contender) && (options.filter.test(contender.name) || contender.name === reference),
  )
  const stage = await Stage.open({ mesh: reason === null })
  /** @type {Player[]} */
  const players = []
  /** @type {string[]} */
  const problems = []
  try {
    for (const contender of chosen) {
      progress(`opening ${contender.name}`)
      try {
        players.push(await openPlayer(contender, stage, options.quick ? warmUpMs.quick : warmUpMs.full))
      } catch (error) {
        problems.push(`${contender.name}: ${error instanceof Error ? error.message : String(error)}`)
      }
    }
    const results = await measureLoads(players, options, { print, progress })
    problems.push(...results.flatMap((one) => one.problems.map((problem) => `${one.name}: ${problem}`)))
    const judged = judgeGoals(results)
    print(`\n${judged.map(renderGoal).join('\n')}`)
    return { result: { versions: found.versions, leftOut: absent, goals: judged, loads: results }, problems }
  } finally {
    await Promise.all(players.map(({ client }) => client.stop()))
    await stage.close()
  }
}

/**
 * @param {import('./contenders.js').Contender} contender
 * @param {Stage} stage
 * @param {number} durationMs
 * @returns {Promise<Player>}
 */
async function openPlayer(contender, stage, durationMs) {
  const { target, server, pids } = await stage.enter(contender)
  const client = startProcess(new URL('../../harness/contender-process.js', import.meta.url))
  try {
    await client.call('open', { module: moduleOf({ module: contender.client }), options: target })
    await client.call('warm', { concurrency: 50, durationMs })
  } catch (error) {
    await client.stop()
    throw error
  }
  return { name: contender.name, client, server, pids }
}

/**
 * @param {readonly Player[]} players
 * @param {import('../../harness/arguments.js').Arguments} options
 * @param {{ print: (text: string) => void, progress: (text: string) => void }} output
 */
async function measureLoads(players, options, { print, progress }) {
  const random = seededRandom(options.seed)
  const calibration = createCalibrationRecord()
  const results = []
  for (const { name, load, full, quick } of loads) {
    const pace = options.quick ? quick : full
    const rounds = options.rounds ?? pace.rounds
    const durationMs = options.durationMs ?? pace.durationMs
    const outcomes = await interleave(
      players.map((player) => ({
        name: player.name,
        measure: () =>
          measurePlayer(player, { ...load, leadInMs: pace.leadInMs, warmMs: pace.warmMs, durationMs }, calibration),
      })),
      {
        rounds,
        maxRepeats: pace.maxRepeats,
        random,
        limits: defaultNoiseLimits,
        onRound: (round) => progress(`${name}: round ${round + 1} of ${rounds}`),
      },
    )
    const lines = summarise(outcomes)
    print(`\n${name}, ${rounds} rounds of ${durationMs} ms\n\n${renderLines(lines)}`)
    const problems = [...problemsOf(lines), ...losses(outcomes)]
    results.push({
      name,
      load,
      pace: { ...pace, rounds, durationMs },
      lines,
      problems,
      rounds: Object.fromEntries(outcomes),
    })
  }
  return results
}

/**
 * @param {Player} player
 * @param {Parameters<typeof measureOnce>[2] & { leadInMs: number }} load
 * @param {Parameters<typeof measureOnce>[3]} calibration
 */
async function measurePlayer({ client, server, pids }, { leadInMs, ...load }, calibration) {
  if (leadInMs > 0) await client.call('warm', { ...leadIn, durationMs: leadInMs })
  const proxies = pids()
  const measured = await measureOnce(client, server, load, calibration, proxies)
  return {
    ...measured,
    residentBytes: {
      client: residentBytes(client.pid),
      server: residentBytes(server.pid),
      proxies: proxies.map(residentBytes),
    },
  }
}
