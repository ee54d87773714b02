/** Load: a fixed number of lanes, each sending its next call when its last one has ended. */
import { createCallLog } from './call-log.js'

/**
 * @param {() => Promise<boolean>} call true when status and body were right
 * @param {{ concurrency: number, durationMs: number }} load
 * @returns {Promise<import('./call-log.js').LoopResult>}
 */
export async function runClosedLoop(call, { concurrency, durationMs }) {
  const log = createCallLog()
  const end = log.started + durationMs

  async function lane() {
    let sent = performance.now()
    while (sent < end && !log.isHopeless()) {
      try {
        if (!(await call())) log.fail('wrong status or body')
      } catch (error) {
        log.fail(error)
      }
      const ended = performance.now()
      log.add(ended - sent)
      sent = ended
    }
  }

  await Promise.all(Array.from({ length: concurrency }, lane))
  return log.end()
}
