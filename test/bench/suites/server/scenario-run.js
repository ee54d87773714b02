/** Runs the contenders of one framework: processes for each, interleaved rounds, then everything is put away. */
import { interleave, turnOf } from '../../harness/rounds.js'
import { moduleOf } from './contenders.js'
import { openLoad } from './load.js'
import { CONNECTIONS, measureOnce } from './measurement.js'
import { startServer } from './start-server.js'

/** @typedef {import('./contenders.js').Contender} Contender */
/** @typedef {import('./measurement.js').Measurement} Measurement */
/** @typedef {{ server: import('../../harness/remote-process.js').RemoteProcess, load: import('./load.js').Load | null }} Opened */

/**
 * @typedef {object} Environment
 * @property {import('./tokens.js').Tokens} tokens
 * @property {boolean} withWrk
 * @property {() => number} random
 * @property {import('../../harness/noise.js').NoiseLimits} limits
 * @property {import('../../harness/noise.js').CalibrationRecord} calibration
 * @property {(text: string) => void} progress
 */

/**
 * @param {readonly Contender[]} contenders
 * @param {{ rounds: number, processes: number, warmUpMs: number, warmMs: number, durationMs: number, maxRepeats: number }} pace
 * @param {Environment} environment
 * @returns {Promise<Map<string, import('../../harness/rounds.js').Outcome<Measurement>>>}
 */
export async function runScenario(contenders, pace, environment) {
  const { calibration, progress } = environment
  /** @type {Opened[]} */
  const opened = []
  const contestants = []
  const failures = new Map()
  try {
    for (const contender of contenders) {
      progress(`opening ${contender.name}`)
      try {
        /** @type {{ server: import('../../harness/remote-process.js').RemoteProcess, load: import('./load.js').Load }[]} */
        const team = []
        while (team.length < pace.processes) team.push(await openOne(contender, environment, opened))
        for (const { load } of team) await load.warm(pace.warmUpMs)
        contestants.push({
          name: contender.name,
          /** @param {number} round */
          measure(round) {
            const { server, load } = turnOf(team, round)
            return measureOnce(server, load, pace, calibration)
          },
        })
      } catch (error) {
        failures.set(contender.name, error instanceof Error ? error.message : String(error))
      }
    }
    return await interleave(contestants, {
      rounds: pace.rounds,
      maxRepeats: pace.maxRepeats,
      random: environment.random,
      limits: environment.limits,
      onRound: (round) => progress(`round ${round + 1} of ${pace.rounds}`),
      failures,
    })
  } finally {
    await Promise.all(opened.map(putAway))
  }
}

/**
 * @param {Contender} contender
 * @param {Environment} environment
 * @param {Opened[]} opened what is to be put away
 */
async function openOne(contender, { tokens, withWrk }, opened) {
  const server = startServer()
  /** @type {Opened} */
  const entry = { server, load: null }
  opened.push(entry)
  const { policies } = contender
  const port = await server.call('open', { module: moduleOf(contender), policies, verifier: tokens.verifier })
  const load = await openLoad(port, tokens, { withWrk, connections: CONNECTIONS })
  entry.load = load
  return { server, load }
}

/** @param {Opened} opened */
async function putAway({ server, load }) {
  await load?.stop()
  // One that could not open, or has already ended, has nothing to close.
  await server.call('close').catch(() => undefined)
  await server.stop()
}
