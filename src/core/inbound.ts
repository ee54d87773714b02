import { AsyncLocalStorage } from 'node:async_hooks'
import type { Cancellation } from './cancellation.js'
import type { InboundCaller } from './hop.js'

/**
 * What an inbound request hands to the calls made while it is served: they inherit its deadline and trace, and
 * end when its client goes away - without being given anything.
 */
export interface InboundContext extends InboundCaller {
  readonly requestId: string
  readonly traceparent: string | undefined
  readonly tracestate: string | undefined
  /** Cancelled when the client goes away. */
  readonly cancellation: Cancellation
}

const storage = new AsyncLocalStorage<InboundContext>()
let followed = false

/**
 * From now on requests are followed through what they await. Before Node 24 that makes every promise of the process
 * dearer, so it begins with the first that asks: the ring of a service, or a call that passes through. What is being served
 * by then is not followed.
 */
export function followInbound(): void {
  followed = true
}

/** The context of the request being served, if any. */
export function inboundContext(): InboundContext | undefined {
  return storage.getStore()
}

/** Runs `fn` as part of serving a request. */
export function runInbound<C extends InboundContext, T>(context: C, fn: (context: C) => T): T {
  return followed ? storage.run(context, fn, context) : fn(context)
}
