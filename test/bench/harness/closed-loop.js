/** Load: a fixed number of lanes, each sending its next call when its last one has ended. */

/** A contender that fails this often has no number worth waiting for. */
const MAX_FAILURES = 100

/**
 * @typedef {object} LoopResult
 * @property {number} calls calls that ended with the right reply
 * @property {number} failed
 * @property {string | null} firstFailure
 * @property {number} wallMs
 * @property {Float64Array} latenciesMs ascending
 */

/**
 * @param {() => Promise<boolean>} call true when status and body were right
 * @param {{ concurrency: number, durationMs: number }} load
 * @returns {Promise<LoopResult>}
 */
export async function runClosedLoop(call, { concurrency, durationMs }) {
  const latencies = createLatencyLog()
  const started = performance.now()
  const end = started + durationMs
  let failed = 0
  /** @type {string | null} */
  let firstFailure = null

  /** @param {unknown} reason */
  function fail(reason) {
    failed += 1
    firstFailure ??= reason instanceof Error ? (reason.stack ?? reason.message) : String(reason)
  }

  async function lane() {
    let sent = performance.now()
    while (sent < end && failed < MAX_FAILURES) {
      try {
        if (!(await call())) fail('wrong status or body')
      } catch (error) {
        fail(error)
      }
      const ended = performance.now()
      latencies.add(ended - sent)
      sent = ended
    }
  }

  await Promise.all(Array.from({ length: concurrency }, lane))
  const wallMs = performance.now() - started
  const latenciesMs = latencies.sorted()
  return { calls: latenciesMs.length - failed, failed, firstFailure, wallMs, latenciesMs }
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
    sorted() {
      return values.slice(0, length).sort()
    },
  }
}
