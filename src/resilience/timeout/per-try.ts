import type { MeshError } from '../../core/errors.js'
import { type CallKey, callKey } from '../../core/values.js'

/** A per-try timeout that is told and ends nothing: Envoy's soft one, of an attempt that another is to join. */
export interface SoftTimeout {
  /** Ms until the reply headers. */
  readonly afterMs: number
  /** Set once it has passed and the endpoint is to blame for it. */
  passed: MeshError | undefined
}

/** Per-try timeout of one call or attempt in place of the configured one: ms, 0 for none, or a soft one. */
export const perTryTimeout: CallKey<number | SoftTimeout> = callKey('per-try-timeout')
