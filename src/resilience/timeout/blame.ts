import type { ClientCall } from '../../core/call.js'
import type { ErrorOrigin } from '../../core/error-codes.js'
import { type Phase, waitsForUs } from '../../core/phase.js'

/** Whose fault it is that time ran out; undefined for the endpoint's. */
export function timeoutOrigin(phase: Phase | undefined, stalled: boolean): ErrorOrigin | undefined {
  return stalled || waitsForUs(phase) ? 'local' : undefined
}

/**
 * Whether the request being served has brought a deadline along that leaves less than half of the time that calls of the
 * service have (`limitMs`): its client may ask for less than any endpoint needs, and nobody shall eject one with a header.
 */
export function isHurried({ caller, deadline }: ClientCall, limitMs: number, now: number): boolean {
  if (deadline === Number.POSITIVE_INFINITY || caller?.deadline !== deadline) return false
  return deadline - now < limitMs / 2
}

/** Whose fault it is that a call's deadline has passed. */
export function deadlineOrigin(call: ClientCall, phase: Phase | undefined, stalled: boolean): ErrorOrigin | undefined {
  return call.hurried ? 'local' : timeoutOrigin(phase, stalled)
}
