/**
 * Interleaved rounds: each round measures every contender once, in an order shuffled anew, so that a machine
 * that drifts treats all alike. A measurement that is spoilt or void is repeated at once, up to a bound.
 */
import { noiseScore, spoiltBy } from './noise.js'
import { shuffled } from './random.js'

/** @typedef {import('./noise.js').Noise} Noise */
/** @typedef {import('./noise.js').NoiseLimits} NoiseLimits */

/**
 * @template S
 * @typedef {object} Contestant
 * @property {string} name
 * @property {(round: number) => Promise<S & { noise: Noise }>} measure rejects when the measurement is void
 */

/**
 * @template S
 * @typedef {object} Outcome
 * @property {(S & { noise: Noise, spoilt: string[] } | null)[]} rounds null where no try gave a valid measurement
 * @property {number} repeated
 * @property {number} voids measurements that were void: calls failed, or replies were wrong
 * @property {string | null} failure the last reason for a void measurement
 */

/**
 * @template S
 * @param {readonly Contestant<S>[]} contestants
 * @param {object} options
 * @param {number} options.rounds
 * @param {number} options.maxRepeats
 * @param {() => number} options.random
 * @param {NoiseLimits} options.limits
 * @param {(round: number) => void} [options.onRound]
 * @param {ReadonlyMap<string, string>} [options.failures] of those who could not open: no round, and why
 * @returns {Promise<Map<string, Outcome<S>>>}
 */
export async function interleave(contestants, options) {
  const outcomes = new Map(contestants.map(({ name }) => [name, { rounds: [], repeated: 0, voids: 0, failure: null }]))
  for (let round = 0; round < options.rounds; round += 1) {
    options.onRound?.(round)
    for (const contestant of shuffled(contestants, options.random)) {
      const outcome = outcomes.get(contestant.name)
      const { best, repeats, voids, failure } = await measureQuietly(contestant, round, options)
      outcome.rounds.push(best)
      outcome.repeated += repeats
      outcome.voids += voids
      outcome.failure = failure ?? outcome.failure
    }
  }
  // Only now is it known how fast the machine can be.
  for (const { rounds } of outcomes.values())
    for (const round of rounds) if (round !== null) round.spoilt = spoiltBy(round.noise, options.limits)
  for (const [name, failure] of options.failures ?? [])
    outcomes.set(name, { rounds: [], repeated: 0, voids: 0, failure })
  return outcomes
}

/**
 * @param {readonly (null | { spoilt: readonly unknown[] })[]} rounds of one contestant
 * @returns {number} rounds that count for less: on a busy machine however often they were repeated, or void
 */
export function spoiltIn(rounds) {
  return rounds.filter((round) => round === null || round.spoilt.length > 0).length
}

/** Names of what is ours: a call that it loses is a defect, however well the next measurement goes. */
const ours = /mesh|rateLimit|worker/

/**
 * @param {Map<string, Outcome<unknown>>} outcomes
 * @returns {string[]} measurements of ours in which calls were lost
 */
export function losses(outcomes) {
  return [...outcomes]
    .filter(([name, { voids }]) => voids > 0 && ours.test(name))
    .map(([name, { voids, failure }]) => `${name}: ${voids} void measurements, the last because ${failure}`)
}

/**
 * @template T
 * @param {readonly T[]} team processes of one contestant, which take turns
 * @param {number} round
 * @returns {T}
 */
export function turnOf(team, round) {
  const one = team[round % team.length]
  if (one === undefined) throw new RangeError('nobody to take a turn')
  return one
}

/**
 * Takes the first clean measurement, or the least spoilt of those that the bound allows.
 * @template S
 * @param {Contestant<S>} contestant
 * @param {number} round
 * @param {{ maxRepeats: number, limits: NoiseLimits }} options
 */
async function measureQuietly(contestant, round, { maxRepeats, limits }) {
  let best = null
  let failure = null
  let voids = 0
  let repeats = 0
  for (; ; repeats += 1) {
    try {
      const sample = await contestant.measure(round)
      if (best === null || noiseScore(sample.noise, limits) < noiseScore(best.noise, limits)) {
        best = { ...sample, spoilt: spoiltBy(sample.noise, limits) }
      }
    } catch (error) {
      voids += 1
      failure = error instanceof Error ? error.message : String(error)
    }
    if (best?.spoilt.length === 0 || repeats === maxRepeats) return { best, repeats, voids, failure }
  }
}
