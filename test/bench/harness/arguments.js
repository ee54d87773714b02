/** The command line: `run.js SUITE [options]`. */
import { parseArgs } from 'node:util'

/**
 * @typedef {object} Arguments
 * @property {string | undefined} suite
 * @property {boolean} quick runs everything shortly and checks only that it runs and that ratios parse
 * @property {string | undefined} json where the result is written
 * @property {RegExp} filter contenders by name; the references of the ratios stay
 * @property {number | undefined} rounds
 * @property {number | undefined} durationMs of one measurement
 * @property {string[] | undefined} payloads
 * @property {number[] | undefined} concurrencies
 * @property {string[] | undefined} transports
 * @property {number} seed of the order within the rounds
 */

export const usage = `usage: npm run bench -- SUITE [options]

  --quick              under a minute: checks only that it runs and that ratios parse
  --json FILE          where the result goes (default test/bench/results/SUITE.json, of a Node other than 20 in node-MAJOR/ there)
  --filter REGEX       only these contenders, and the references of the ratios
  --rounds N           interleaved rounds
  --duration MS        length of one measurement
  --payload LIST       100B, 500B, 10kB, 1MB
  --concurrency LIST   calls in flight, such as 1,50,500
  --transport LIST     http, mtls
  --seed N             order within the rounds`

/**
 * @param {readonly string[]} argv
 * @returns {Arguments}
 */
export function parseArguments(argv) {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      filter: { type: 'string', default: '' },
      rounds: { type: 'string' },
      duration: { type: 'string' },
      payload: { type: 'string' },
      concurrency: { type: 'string' },
      transport: { type: 'string' },
      seed: { type: 'string' },
    },
  })
  return {
    suite: positionals[0],
    quick: values.quick,
    json: values.json,
    filter: new RegExp(values.filter),
    rounds: optional(values.rounds, (text) => positive('rounds', text)),
    durationMs: optional(values.duration, (text) => positive('duration', text)),
    payloads: optional(values.payload, list),
    concurrencies: optional(values.concurrency, (text) => list(text).map((item) => positive('concurrency', item))),
    transports: optional(values.transport, list),
    seed: optional(values.seed, (text) => positive('seed', text)) ?? 1,
  }
}

/**
 * @template T
 * @param {string | undefined} text
 * @param {(text: string) => T} read
 */
function optional(text, read) {
  return text === undefined ? undefined : read(text)
}

/** @param {string} text */
function list(text) {
  return text.split(',').map((item) => item.trim())
}

/**
 * @param {string} name
 * @param {string} text
 */
function positive(name, text) {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1) throw new RangeError(`--${name} must be a whole number of 1 or more`)
  return number
}
