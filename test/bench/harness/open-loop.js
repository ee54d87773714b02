/**
 * Load: calls on a fixed schedule, whether or not earlier ones have ended. A latency begins when its call is sent: a
 * timer that fires late is the same for all, and the calls that it missed are sent at once.
 */
import { createCallLog } from './call-log.js'

/**
 * @param {() => Promise<boolean>} call true when status and body were right
 * @param {{ perSecond: number, durationMs: number }} load
 * @returns {Promise<import('./call-log.js').LoopResult>}
 */
export async function runOpenLoop(call, { perSecond, durationMs }) {
  const log = createCallLog()
  const gapMs = 1_000 / perSecond
  const count = Math.max(1, Math.floor(durationMs / gapMs))
  let sent = 0
  let ended = 0

  await new Promise((resolve) => {
    async function send() {
      const begun = performance.now()
      try {
        if (!(await call())) log.fail('wrong status or body')
      } catch (error) {
        log.fail(error)
      }
      log.add(performance.now() - begun)
      ended += 1
      if (ended === sent && (sent === count || log.isHopeless())) resolve(undefined)
    }

    function sendWhatIsDue() {
      const due = Math.min(count, Math.floor((performance.now() - log.started) / gapMs) + 1)
      for (; sent < due; sent += 1) send()
      if (sent < count && !log.isHopeless()) setTimeout(sendWhatIsDue, log.started + sent * gapMs - performance.now())
    }
    sendWhatIsDue()
  })
  return log.end()
}
