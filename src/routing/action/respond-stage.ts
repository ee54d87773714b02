import type { ClientCall } from '../../core/call.js'
import { MeshError } from '../../core/errors.js'
import type { Interceptor } from '../../core/interceptor.js'
import type { RouteChoice } from '../choice.js'
import { choiceOf } from '../choice.js'
import { type LocalReply, localReply } from './local-reply.js'
import type { DirectResponseOptions, RedirectOptions } from './options.js'
import { compileRedirect } from './redirect.js'

/** Makes the answer of a route that answers by itself. */
export type Answer = (call: ClientCall, choice: RouteChoice | undefined) => LocalReply

/** What a redirect or a direct response answers; undefined for a route that calls. */
export function compileAnswer(options: {
  redirect?: RedirectOptions | undefined
  directResponse?: DirectResponseOptions | undefined
}): Answer | undefined {
  const { redirect, directResponse } = options
  if (redirect !== undefined) {
    const status = redirect.status ?? 301
    const locationOf = compileRedirect(redirect)
    return (call, choice) => ({
      status,
      body: '',
      location: locationOf(call, choice?.prefix),
      detail: 'direct_response',
    })
  }
  if (directResponse === undefined) return undefined
  const { status, body = '' } = directResponse
  const answer: LocalReply = { status, body, detail: 'direct_response' }
  if (status !== 201 && Math.floor(status / 100) !== 3) return () => answer
  // Envoy says where in these cases, and that is where the call went.
  const locationOf = compileRedirect({})
  return (call, choice) => ({ ...answer, location: locationOf(call, choice?.prefix) })
}

/** Answers every call by itself: the rest of the ring is never reached. */
export function respondStage(answer: Answer): Interceptor<ClientCall> {
  return function respond(call) {
    const choice = choiceOf(call)
    return Promise.resolve(localReply(call, answer(call, choice), choice?.plan))
  }
}

/**
 * Answers the calls that fall to what cannot be called: to a destination with a `status` of its own (Gateway API's invalid
 * backend), or to a service or subset that does not exist, which is `ERR_MESH_NO_CLUSTER` (503 `NC`).
 */
export function missingStage(service: string): Interceptor<ClientCall> {
  return function respond(call, next) {
    const choice = choiceOf(call)
    const { leg, plan } = choice ?? {}
    if (leg === undefined) return next(call)
    if (leg.status !== undefined)
      return Promise.resolve(
        localReply(call, { status: leg.status, body: '', flag: 'NC', detail: 'cluster_not_found' }, plan),
      )
    if (leg.destination !== undefined) return next(call)
    const error = noCluster(service, leg.name)
    plan?.onError(call, error)
    return Promise.reject(error)
  }
}

/** A destination that nothing defines. */
export function noCluster(service: string, name: string): MeshError {
  return new MeshError('ERR_MESH_NO_CLUSTER', `a route of "${service}" leads to "${name}", which does not exist`, {
    service,
    body: '',
    detail: 'cluster_not_found',
  })
}
