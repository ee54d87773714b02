import type { Clock } from '../../core/clock.js'
import { durationMs } from '../../core/duration.js'
import { type Random, randomInt } from '../../core/random.js'
import type { Reply } from '../../core/reply.js'
import type { RateLimitedBackoffOptions } from './options.js'

const whole = /^\d{1,15}$/

/**
 * How long a reply asks to wait in one of its reset headers, ms, with up to half of it on top so that not everybody comes
 * back at once. Undefined where it has none that can be read, asks for no wait, or for more than `max`.
 */
export function resetDelay(
  options: RateLimitedBackoffOptions,
): (reply: Reply, clock: Clock, random: Random) => number | undefined {
  const maxMs = durationMs(options.max) ?? 300_000
  const headers = options.resetHeaders.map(({ name, format }) => ({ name: name.toLowerCase(), format }))

  return function resetMs(reply, clock, random) {
    for (const { name, format } of headers) {
      const value = reply.headers.get(name)?.trim() ?? ''
      if (!whole.test(value)) continue
      const ms = Number(value) * 1_000 - (format === 'unix-timestamp' ? clock.wallNow() : 0)
      if (ms > 0 && ms <= maxMs) return ms + randomInt(random, Math.ceil(ms / 2))
    }
    return undefined
  }
}
