/** The ratios that the library is accepted by, each measured in the main scenario. */

/** @typedef {import('./measurement.js').Measurement} Measurement */

/**
 * What of a measurement is compared.
 * @type {Readonly<Record<'client CPU' | 'calls/s' | 'p99', (sample: Measurement) => number>>}
 */
export const measures = {
  'client CPU': ({ cpuMicros, calls }) => cpuMicros / calls,
  'calls/s': ({ calls, wallMs }) => (calls / wallMs) * 1_000,
  p99: ({ p99Micros }) => p99Micros,
}

/**
 * @typedef {object} Goal
 * @property {string} contender
 * @property {string} reference
 * @property {keyof typeof measures} measure
 * @property {number} [atMost] the ratio of the medians of rounds
 * @property {number} [atLeast]
 */

const [major = 20] = process.versions.node.split('.').map(Number)
const request = 'mesh.request, all policies'
const fetch = 'mesh.fetch, all policies'

/** @type {readonly Goal[]} */
export const goals = [
  { contender: request, reference: 'pool.request', measure: 'client CPU', atMost: major < 22 ? 1.05 : 1.15 },
  { contender: request, reference: 'undici.request', measure: 'client CPU', atMost: 1 },
  { contender: fetch, reference: 'pool.request', measure: 'client CPU', atMost: 1.1 },
  { contender: fetch, reference: 'globalThis.fetch', measure: 'client CPU', atMost: major < 22 ? 0.15 : 0.23 },
  { contender: request, reference: 'naive stack on undici.fetch', measure: 'calls/s', atLeast: 8 },
  { contender: request, reference: 'naive stack on pool.request', measure: 'client CPU', atMost: 1 / 3 },
  { contender: request, reference: 'cockatiel stack on pool.request', measure: 'client CPU', atMost: 1 / 3 },
  { contender: request, reference: 'pool.request', measure: 'p99', atMost: 1.1 },
]
