import type { ClientCall } from '../../core/call.js'
import type { RetryPermits } from '../retry/index.js'
import type { HedgeDeps } from './deps.js'

/** Takes leave for a hedge, as for a retry: a permit, and a share of the budget. What was taken in vain is given back. */
export function takeLeave(call: ClientCall, permits: RetryPermits | undefined, { budget }: HedgeDeps): boolean {
  if (permits?.tryAcquire(call) === false) return false
  if (budget?.withdraw() !== false) return true
  permits?.release()
  return false
}
