/** What a process holds on to: what the last calls left as garbage does not count. */
import { setImmediate as turn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
/** @type {() => void} */
const collect = runInNewContext('gc')

/** @returns {number} bytes, after a full collection */
export function heapUsed() {
  collect()
  return process.memoryUsage().heapUsed
}

/**
 * The same, once what ends by itself has ended: timers that are due, callbacks of weak references.
 * @returns {Promise<number>}
 */
export async function settledHeap() {
  for (let times = 0; times < 3; times += 1) {
    collect()
    await turn()
  }
  return heapUsed()
}

/**
 * Of the straight line that comes nearest to values at 0, 1, 2, ... (least squares): a single collection that came at a
 * bad moment hardly moves it.
 * @param {readonly number[]} values
 */
function slopeOf(values) {
  const middle = (values.length - 1) / 2
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  let together = 0
  let apart = 0
  for (const [i, value] of values.entries()) {
    together += (i - middle) * (value - mean)
    apart += (i - middle) ** 2
  }
  return together / apart
}

/**
 * What work that is repeated leaves behind for good.
 * @param {() => Promise<unknown>} work
 * @param {number} times after the first one, which only warms up
 * @returns {Promise<number>} bytes each time
 */
export async function heapSlope(work, times) {
  await work()
  const heap = [await settledHeap()]
  for (let done = 0; done < times; done += 1) {
    await work()
    heap.push(await settledHeap())
  }
  return slopeOf(heap)
}
