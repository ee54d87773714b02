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
 * @property {number} warmMs before each measurement
 * @property {number} durationMs
 * @property {number} maxRepeats of a spoilt or void measurement
 */

/** What the goals and the chart look up. */
export const saturation = '50 in flight'

/** Once, before the first round of the first load. */
export const warmUpMs = { full: 2_000, quick: 300 }

/** @type {readonly LoadPlan[]} */
export const loads = [
  {
    name: saturation,
    load: { concurrency: 50 },
    full: { rounds: 7, warmMs: 200, durationMs: 1_000, maxRepeats: 2 },
    quick: { rounds: 1, warmMs: 50, durationMs: 150, maxRepeats: 0 },
  },
  {
    name: '1,000 calls/s',
    load: { perSecond: 1_000 },
    full: { rounds: 7, warmMs: 300, durationMs: 1_500, maxRepeats: 2 },
    quick: { rounds: 1, warmMs: 50, durationMs: 200, maxRepeats: 0 },
  },
  {
    name: '200 calls/s',
    load: { perSecond: 200 },
    full: { rounds: 7, warmMs: 300, durationMs: 2_000, maxRepeats: 2 },
    quick: { rounds: 1, warmMs: 50, durationMs: 300, maxRepeats: 0 },
  },
]
