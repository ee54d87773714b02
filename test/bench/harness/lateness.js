/**
 * How late an idle thread of this process is: on a busy machine nothing is on time, and what a figure in milliseconds
 * owes to that is not held against the code that is measured.
 */
import { Worker } from 'node:worker_threads'

const thread = `
const late = new Float64Array(require('node:worker_threads').workerData)
let due = performance.now() + 2
setInterval(() => {
  const now = performance.now()
  late[0] = Math.max(late[0], now - due)
  due = now + 2
}, 2)`

/** @returns {{ take: () => number, stop: () => Promise<unknown> }} `take`: the longest delay since the last time, ms */
export function watchLateness() {
  const buffer = new SharedArrayBuffer(8)
  const late = new Float64Array(buffer)
  const worker = new Worker(thread, { eval: true, workerData: buffer })
  worker.unref()
  return {
    take() {
      const [taken] = late
      late[0] = 0
      return taken
    },
    stop: () => worker.terminate(),
  }
}
