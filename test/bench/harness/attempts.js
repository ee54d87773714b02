import { spreadOf } from './statistics.js'

/**
 * Measures once, and where something is missed two times more, so that the middle of three can be judged: a busy machine
 * may spoil one of them.
 * @template T
 * @param {() => Promise<T>} measure
 * @param {(measured: T) => boolean} isMissed
 * @returns {Promise<T[]>} one or three
 */
export async function onceOrThrice(measure, isMissed) {
  const first = await measure()
  return isMissed(first) ? [first, await measure(), await measure()] : [first]
}

/** The middle of one or three. @param {readonly number[]} values */
export function middle(values) {
  return spreadOf(values).median
}
