import type { ClientCall } from '../../core/call.js'
import type { Cancellable } from '../../core/cancellation.js'
import type { Classifier } from '../../core/classifier.js'
import type { MeshErrorCode } from '../../core/error-codes.js'
import { MeshError } from '../../core/errors.js'
import { type Handler, type Interceptor, proceed } from '../../core/interceptor.js'
import type { Observer } from '../../core/observer.js'
import { directReply, type Reply } from '../../core/reply.js'
import { validate } from '../../core/schema/index.js'
import { type FallbackOptions, type FallbackReply, fallbackReply } from './options.js'

/** What a fallback is told from outside. */
export interface FallbackDeps {
  /** Says which replies are failures. */
  readonly classifier: Classifier
  /** Is told every failure that was replaced, and every function that threw. */
  readonly observer: Observer
}

/** What is no `MeshError` is the caller's own abort reason; that it goes away is no failure either. */
function isFailure(thrown: unknown): thrown is MeshError {
  return thrown instanceof MeshError && thrown.code !== 'ERR_MESH_ABORTED'
}

const timeouts: ReadonlySet<MeshErrorCode> = new Set<MeshErrorCode>(['ERR_MESH_TIMEOUT', 'ERR_MESH_ATTEMPT_TIMEOUT'])

/** Ended from outside; that its time has run out, or that of an attempt which is not repeated, is a failure as any other. */
function isGivenUp({ cancelled, reason }: ClientCall): boolean {
  return cancelled && !(reason instanceof MeshError && timeouts.has(reason.code))
}

/** Waits for a function of the user's no longer than the call lives. One that has ended by its deadline is not watched. */
function whileAlive<T>(call: ClientCall, made: Promise<T>): Promise<T> {
  if (call.cancelled) return made
  return new Promise((resolve, reject) => {
    const waiting: Cancellable = { cancel: reject }
    call.attach(waiting)
    made.then(resolve, reject).finally(() => call.detach(waiting))
  })
}

function replyOf({ status = 200, headers, body }: FallbackReply): Reply {
  const reply = directReply(status, headers, body)
  reply.detail = 'fallback'
  return reply
}

/**
 * Answers in place of a failure, once everything inside - retries, hedges, other endpoints - is spent: an error, or a
 * reply that the classifier calls a failure. The caller's own abort is none. A function that throws, or makes something
 * that is no answer, leaves the failure as it is, so that a fallback can never hide one that it cannot replace.
 */
export function fallbackStage(
  options: FallbackOptions,
  { classifier, observer }: FallbackDeps,
): Interceptor<ClientCall> {
  async function replaced(
    call: ClientCall,
    error: MeshError | undefined,
    reply: Reply | undefined,
  ): Promise<Reply | undefined> {
    if (typeof options !== 'function') return replyOf(options)
    const { service, method, path } = call
    const made = await whileAlive(call, Promise.resolve(options({ service, method, path, error, reply })))
    return made === undefined ? undefined : replyOf(validate(fallbackReply, made, 'fallback'))
  }

  async function answer(
    call: ClientCall,
    error: MeshError | undefined,
    reply: Reply | undefined,
  ): Promise<Reply | undefined> {
    const { service } = call
    try {
      const instead = await replaced(call, error, reply)
      if (instead !== undefined) {
        reply?.body.dump()
        observer.emit('fallback', { service, result: 'answered' })
      }
      return instead
    } catch (thrown) {
      if (!isGivenUp(call)) observer.emit('fallback', { service, result: 'failed', error: thrown })
      return undefined
    }
  }

  return async function fallback(call: ClientCall, next: Handler<ClientCall>): Promise<Reply> {
    let reply: Reply
    try {
      reply = await proceed(call, next)
    } catch (thrown) {
      if (!isFailure(thrown) || isGivenUp(call)) throw thrown
      const instead = await answer(call, thrown, undefined)
      if (instead !== undefined) return instead
      throw call.cancelled ? call.reason : thrown
    }
    if (classifier.status(reply.status) !== 'failure') return reply
    const instead = await answer(call, undefined, reply)
    if (instead === undefined && call.cancelled) throw call.reason
    return instead ?? reply
  }
}
