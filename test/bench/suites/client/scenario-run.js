/** Runs one scenario: processes for each contender, interleaved rounds, then everything is put away. */
import { startProcess } from '../../harness/remote-process.js'
import { interleave, turnOf } from '../../harness/rounds.js'
import { moduleOf } from './contenders.js'
import { measureOnce } from './measurement.js'

/** @typedef {import('./contenders.js').Contender} Contender */
/** @typedef {import('./scenarios.js').Scenario} Scenario */
/** @typedef {import('./measurement.js').Measurement} Measurement */

/**
 * @typedef {object} Pace
 * @property {number} rounds
 * @property {number} processes of each contender, which take turns: one and the same program is compiled better and worse
 * @property {number} warmUpMs once, before the first round
 * @property {number} warmMs before each measurement
 * @property {number} durationMs
 * @property {number} maxRepeats of a spoilt or void measurement
 */

/**
 * @typedef {object} Environment
 * @property {import('./upstream.js').Upstream} upstream
 * @property {() => number} random
 * @property {import('../../harness/noise.js').NoiseLimits} limits
 * @property {import('../../harness/noise.js').CalibrationRecord} calibration
 * @property {(text: string) => void} progress
 */

/**
 * @param {Scenario} scenario
 * @param {readonly Contender[]} contenders
 * @param {Pace} pace
 * @param {Environment} environment
 * @returns {Promise<Map<string, import('../../harness/rounds.js').Outcome<Measurement>>>}
 */
export async function runScenario(scenario, contenders, pace, environment) {
  const { upstream, calibration, progress } = environment
  const load = { concurrency: scenario.concurrency, warmMs: pace.warmMs, durationMs: pace.durationMs }
  const target = upstream.targetOf(scenario)
  /** @type {Map<string, import('../../harness/remote-process.js').RemoteProcess[]>} */
  const clients = new Map()
  const failures = new Map()
  try {
    for (const contender of contenders) {
      progress(`opening ${contender.name}`)
      const team = Array.from({ length: pace.processes }, () =>
        startProcess(new URL('../../harness/contender-process.js', import.meta.url)),
      )
      clients.set(contender.name, team)
      try {
        for (const client of team) {
          await client.call('open', { module: moduleOf(contender), options: target })
          await client.call('warm', { concurrency: scenario.concurrency, durationMs: pace.warmUpMs })
        }
      } catch (error) {
        failures.set(contender.name, error instanceof Error ? error.message : String(error))
      }
    }
    const contestants = [...clients]
      .filter(([name]) => !failures.has(name))
      .map(([name, team]) => ({
        name,
        /** @param {number} round */
        measure: (round) => measureOnce(turnOf(team, round), upstream.process, load, calibration),
      }))
    return await interleave(contestants, {
      rounds: pace.rounds,
      maxRepeats: pace.maxRepeats,
      random: environment.random,
      limits: environment.limits,
      onRound: (round) => progress(`round ${round + 1} of ${pace.rounds}`),
      failures,
    })
  } finally {
    await Promise.all([...clients.values()].flat().map(closeClient))
  }
}

/** @param {import('../../harness/remote-process.js').RemoteProcess} client */
async function closeClient(client) {
  // One that could not open, or has already ended, has nothing to close.
  await client.call('close').catch(() => undefined)
  await client.stop()
}
