/** The ratios that the library is accepted by, each measured in the main scenario. */

/**
 * @typedef {object} Goal
 * @property {string} contender
 * @property {string} reference
 * @property {number} below the ratio of client CPU per call must be less than this
 * @property {string} says
 */

/** @type {readonly Goal[]} */
export const goals = [
  {
    contender: 'mesh.request, all policies',
    reference: 'undici.request',
    below: 1,
    says: 'mesh.request with every policy against a bare undici.request(url, { dispatcher })',
  },
  {
    contender: 'mesh.fetch, all policies',
    reference: 'globalThis.fetch',
    below: 1 / 3,
    says: 'mesh.fetch with every policy against a bare globalThis.fetch',
  },
]
