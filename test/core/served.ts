import { Cancellation } from '../../src/core/cancellation.js'
import type { InboundContext } from '../../src/core/inbound.js'

/** The context of a request that is being served, which asks nothing of the calls made for it. */
export function served(context: Partial<InboundContext> = {}): InboundContext {
  return {
    deadline: Number.POSITIVE_INFINITY,
    requestId: '1',
    traceparent: undefined,
    tracestate: undefined,
    repeated: false,
    noteRetriesSpent: () => {},
    cancellation: new Cancellation(),
    ...context,
  }
}
