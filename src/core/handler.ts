import type { Reply } from './reply.js'

/** A service is a function. */
export type Handler<C> = (call: C) => Promise<Reply>

/**
 * And an interceptor wraps it. `next` may be called again - a retry calls it on a fork - or not at all.
 *
 * @example
 * const audit: Interceptor<ClientCall> = (call, next) => { log(call.service, call.path); return next(call) }
 */
export type Interceptor<C> = (call: C, next: Handler<C>) => Promise<Reply>

/**
 * Calls on, and makes a rejection of what `next` throws at once: a policy that holds something for the call lets go
 * of it on one path only.
 */
export function proceed<C>(call: C, next: Handler<C>): Promise<Reply> {
  try {
    return next(call)
  } catch (error) {
    return Promise.reject(error)
  }
}
