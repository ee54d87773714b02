/** What became of the calls of a load. */

/** A contender that fails this often has no number worth waiting for. */
const MAX_FAILURES = 100

/**
 * @typedef {object} LoopResult
 * @property {number} calls calls that ended with the right reply
 * @property {number} failed
 * @property {string | null} firstFailure
 * @property {number} wallMs
 * @property {() => Float64Array} latenciesMs ascending
 */

/** Begins now. */
export function createCallLog() {
  const latencies = createLatencyLog()
  const started = performance.now()
  let failed = 0
  /** @type {string | null} */
  let firstFailure = null
  return {
    started,
    /** @param {number} latencyMs */
    add: latencies.add,
    /** @param {unknown} reason */
    fail(reason) {
      failed += 1
      firstFailure ??= reason instanceof Error ? (reason.stack ?? reason.message) : String(reason)
    },
    isHopeless: () => failed >= MAX_FAILURES,
    /** @returns {LoopResult} */
    end() {
      const wallMs = performance.now() - started
      const calls = latencies.count() - failed
      // Sorted when it is asked for: that is no work of the contender's.
      return { calls, failed, firstFailure, wallMs, latenciesMs: latencies.sorted }
    },
  }
}

/** Grows off the JavaScript heap, so that it does not show in the bytes per call. */
function createLatencyLog() {
  let values = new Float64Array(1 << 16)
  let length = 0
  return {
    /** @param {number} value */
    add(value) {
      if (length === values.length) {
        const larger = new Float64Array(length * 2)
        larger.set(values)
        values = larger
      }
      values[length] = value
      length += 1
    },
    count: () => length,
    sorted() {
      return values.slice(0, length).sort()
    },
  }
}
