import type { ClientCall } from '../../core/call.js'
import type { ErrorOrigin } from '../../core/error-codes.js'

/** Phases in which a call waits for this process, for what its caller sends or for its reader, and not for an endpoint. */
const ours: ReadonlySet<string | undefined> = new Set(['config', 'fault', 'discovery', 'queue', 'upload', 'reader'])

/** Whose fault it is that time ran out; undefined for the endpoint's. */
export function timeoutOrigin(phase: string | undefined, stalled: boolean): ErrorOrigin | undefined {
  return stalled || ours.has(phase) ? 'local' : undefined
}

function isInherited({ caller, deadline }: ClientCall): boolean {
  return deadline !== Number.POSITIVE_INFINITY && caller?.deadline === deadline
}

/**
 * The same of a call's deadline. One that the request being served has brought along is its client's, who may ask for
 * less time than any endpoint needs: nobody shall eject an endpoint with a header.
 */
export function deadlineOrigin(call: ClientCall, phase: string | undefined, stalled: boolean): ErrorOrigin | undefined {
  return isInherited(call) ? 'local' : timeoutOrigin(phase, stalled)
}
