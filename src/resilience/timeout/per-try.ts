import { type CallKey, callKey } from '../../core/values.js'

/** Per-try timeout of one call or attempt in place of the configured one, ms; 0 for none. */
export const perTryTimeout: CallKey<number> = callKey('per-try-timeout')
