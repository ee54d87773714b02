/** How much is asked for, and for how long. */

/**
 * @typedef {object} LoadPlan
 * @property {string} name
 * @property {{ concurrency: number } | { perSecond: number }} load
 * @property {Pace} full
 * @property {Pace} quick
 */

/**
 * @typedef {object} Pace
 * @property {number} rounds
 * @property {number} leadInMs with many calls in flight, before each measurement
 * @property {number} warmMs at the load's own pace, before each measurement
 * @property {number} durationMs
 * @property {number} maxRepeats of a spoilt or void measurement
 */

/** What the goals and the chart look up. */
export const saturation = '50 in flight'

/** Once, before the first round of the first load. */
export const warmUpMs = { full: 2_000, quick: 300 }

/**
 * A process idles for half a minute between its turns, and V8 throws away code that idles: a few hundred calls a
 * second do not bring it back within a measurement. A service that is called so often all day has never lost it.
 */
export const leadIn = { concurrency: 50 }

/** @type {readonly LoadPlan[]} */
export const loads = [
  {
    name: saturation,
    load: { concurrency: 50 },
    full: { rounds: 7, leadInMs: 0, warmMs: 200, durationMs: 1_000, maxRepeats: 2 },
    quick: { rounds: 1, leadInMs: 0, warmMs: 50, durationMs: 150, maxRepeats: 0 },
  },
  {
    name: '1,000 calls/s',
    load: { perSecond: 1_000 },
    full: { rounds: 7, leadInMs: 1_000, warmMs: 300, durationMs: 1_500, maxRepeats: 2 },
    quick: { rounds: 1, leadInMs: 0, warmMs: 50, durationMs: 200, maxRepeats: 0 },
  },
  {
    name: '200 calls/s',
    load: { perSecond: 200 },
    full: { rounds: 7, leadInMs: 1_000, warmMs: 300, durationMs: 2_000, maxRepeats: 2 },
    quick: { rounds: 1, leadInMs: 0, warmMs: 50, durationMs: 300, maxRepeats: 0 },
  },
]
