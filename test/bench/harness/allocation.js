/**
 * Bytes allocated on the JavaScript heap. V8 has no running counter, but it tells the used heap before and
 * after each collection: what was allocated is the sum of the rises between collections. Memory outside the
 * heap (socket buffers) is not in it.
 */
import { GCProfiler, getHeapStatistics } from 'node:v8'

/**
 * @typedef {object} Allocation
 * @property {number} bytes
 * @property {number} collections
 */

/**
 * @returns {() => Allocation} ends the watch
 */
export function watchAllocation() {
  const profiler = new GCProfiler()
  let used = getHeapStatistics().used_heap_size
  profiler.start()
  return function end() {
    const { statistics } = profiler.stop()
    let bytes = 0
    for (const { beforeGC, afterGC } of statistics) {
      // Lazy sweeping lowers the used heap between collections: that is no negative allocation.
      bytes += Math.max(0, beforeGC.heapStatistics.usedHeapSize - used)
      used = afterGC.heapStatistics.usedHeapSize
    }
    bytes += Math.max(0, getHeapStatistics().used_heap_size - used)
    return { bytes, collections: statistics.length }
  }
}
