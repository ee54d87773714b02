import type { ClientCall } from '../../core/call.js'
import type { MeshError } from '../../core/errors.js'
import { type CallKey, callKey } from '../../core/values.js'

/** A per-try timeout that is told and ends nothing: Envoy's soft one, of an attempt that another is to join. */
export interface SoftTimeout {
  /** Ms until the reply headers. */
  readonly afterMs: number
  /** Set once it has passed, for as long as the endpoint is to blame for it. */
  passed: MeshError | undefined
}

/** Per-try timeout of one call or attempt in place of the configured one: ms, 0 for none, or a soft one. */
export const perTryTimeout: CallKey<number | SoftTimeout> = callKey('per-try-timeout')

/** The per-try timeout that an attempt may outlive, if it has one. */
export function softTimeoutOf(attempt: ClientCall): SoftTimeout | undefined {
  const limit = attempt.peek(perTryTimeout)
  return typeof limit === 'object' ? limit : undefined
}
