import { middle } from '../../harness/attempts.js'

/**
 * One number and the goal it is measured against.
 * @typedef {object} Figure
 * @property {string} name
 * @property {number} value
 * @property {number} goal
 * @property {boolean} least whether the goal is the least that will do; else it is the most
 * @property {boolean} timed depends on how busy the machine is, so that the middle of several tries counts; else the worst does
 * @property {number} lateMs how late an idle thread was meanwhile, which is not held against the value
 * @property {number} digits
 * @property {string} unit
 * @property {number} [naive] the same of what people stack by hand
 */

/**
 * What every measurement gets.
 * @typedef {object} Context
 * @property {boolean} quick
 * @property {number} seed
 * @property {number | undefined} durationMs
 * @property {() => Promise<Upstream>} upstream starts one; it is stopped when the measurement ends
 * @property {(file: URL, method: string, params?: unknown) => Promise<{ result: any, call: Upstream['call'] }>} child starts a program and asks it something; stopped then too
 * @property {() => number} lateMs how late an idle thread was at worst since the last time
 */

/**
 * @typedef {object} Upstream
 * @property {string} url
 * @property {(method: string, params?: unknown) => Promise<any>} call
 */

/** @typedef {{ digits?: number, unit?: string, naive?: number, timed?: boolean, lateMs?: number }} More */

/** @param {string} name @param {number} value @param {number} goal @param {More} [more] @returns {Figure} */
export function atMost(name, value, goal, more) {
  return { name, value, goal, least: false, timed: false, lateMs: 0, digits: 0, unit: '', ...more }
}

/** @param {string} name @param {number} value @param {number} goal @param {More} [more] @returns {Figure} */
export function atLeast(name, value, goal, more) {
  return { ...atMost(name, value, goal, more), least: true }
}

/** @param {Figure} figure */
function excess({ value, goal, least, lateMs }) {
  return least ? goal - value : value - lateMs - goal
}

/** @param {Figure} figure */
export function isMissed(figure) {
  return !(excess(figure) <= 0)
}

/** The try that counts, of several of one figure. @param {readonly Figure[]} tries @returns {Figure} */
export function judged(tries) {
  const excesses = tries.map(excess)
  const counts = tries[0].timed ? middle(excesses) : Math.max(...excesses)
  return tries[excesses.indexOf(counts)]
}

/** @param {Figure} figure */
export function rowOf(figure) {
  const { name, value, goal, least, lateMs, digits, unit, naive } = figure
  const text = (/** @type {number} */ number) => `${number.toFixed(digits)}${unit}`
  const machine = lateMs > 0 ? ` (machine ${lateMs.toFixed(0)})` : ''
  return [
    name,
    `${text(value)}${machine}`,
    `${least ? '>=' : '<='} ${text(goal)}`,
    isMissed(figure) ? 'MISSED' : 'met',
    naive === undefined ? '' : text(naive),
  ]
}

/**
 * @param {import('sidecarless').Mesh} mesh @param {object} [init]
 * @returns {Promise<number | string>} the status once the body is there, or the error's code
 */
export async function outcome(mesh, init = {}) {
  try {
    const reply = await mesh.request({ service: 'api', path: '/', ...init })
    await reply.body.bytes()
    return reply.status
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  }
}

/** Makes so many calls, fifty at a time. @param {number} calls @param {() => Promise<unknown>} make */
export async function inParallel(calls, make) {
  let left = calls
  await Promise.all(
    Array.from({ length: 50 }, async () => {
      while (left-- > 0) await make()
    }),
  )
}
