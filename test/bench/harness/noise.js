/**
 * Says when a busy machine spoilt a measurement. Two witnesses: a fixed piece of arithmetic timed right before
 * and after it (a slower core, a neighbour on it), and the CPU that others used meanwhile.
 */
import { createHash } from 'node:crypto'

/**
 * @typedef {object} Noise
 * @property {number} slowdown of the calibration, as a share of the fastest seen in this run
 * @property {number | null} foreignCores cores' worth of CPU used by others; null where the kernel does not say
 */

/**
 * @typedef {object} NoiseLimits
 * @property {number} slowdown
 * @property {number} foreignCores
 */

/** @type {NoiseLimits} */
export const defaultNoiseLimits = { slowdown: 0.25, foreignCores: 0.15 }

const BLOCK = Buffer.alloc(64 * 1024)
const BLOCKS = 128

/**
 * Work that OpenSSL does: a loop of JavaScript takes half as long again in some processes of Node 24 as in others.
 * @returns {number} milliseconds that a fixed piece of arithmetic took, some 4-10 on current machines
 */
export function calibrate() {
  const started = performance.now()
  const hash = createHash('sha256')
  for (let block = 0; block < BLOCKS; block += 1) hash.update(BLOCK)
  hash.digest()
  return performance.now() - started
}

/**
 * @typedef {object} CalibrationRecord
 * @property {(calibrationsMs: readonly number[], foreignCores: number | null) => Noise} noiseOf
 */

/**
 * Remembers the fastest calibration of a run, which all others are compared with: also those before it, so that the first
 * measurements of a machine that was busy then are not taken for quiet ones.
 * @returns {CalibrationRecord}
 */
export function createCalibrationRecord() {
  let fastest = Number.POSITIVE_INFINITY
  return {
    noiseOf(calibrationsMs, foreignCores) {
      fastest = Math.min(fastest, ...calibrationsMs)
      const slowest = Math.max(...calibrationsMs)
      return {
        get slowdown() {
          return slowest / fastest - 1
        },
        foreignCores,
      }
    },
  }
}

/**
 * @param {Noise} noise
 * @param {NoiseLimits} limits
 * @returns {string[]} why it is spoilt; empty when it is not
 */
export function spoiltBy(noise, limits) {
  const reasons = []
  if (noise.slowdown > limits.slowdown) reasons.push(`calibration ${percent(noise.slowdown)} slower`)
  if (noise.foreignCores !== null && noise.foreignCores > limits.foreignCores) {
    reasons.push(`others used ${percent(noise.foreignCores)} of a core`)
  }
  return reasons
}

/**
 * One number to choose the least spoilt of several by: 1 is just at a limit.
 * @param {Noise} noise
 * @param {NoiseLimits} limits
 * @returns {number}
 */
export function noiseScore(noise, limits) {
  return Math.max(noise.slowdown / limits.slowdown, (noise.foreignCores ?? 0) / limits.foreignCores)
}

/** @param {number} share */
function percent(share) {
  return `${Math.round(share * 100)} %`
}
