import type { ClientCall } from '../../core/call.js'
import type { Hash64 } from '../../core/hash/hash64.js'

/** The hash of a call by a policy; undefined when the call has nothing of it. */
export type HashOf = (call: ClientCall) => Hash64 | undefined
