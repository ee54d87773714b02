import type { ClientCall } from '../core/call.js'
import { MeshError } from '../core/errors.js'
import type { Interceptor } from '../core/interceptor.js'
import type { ClusterView } from './view.js'

/**
 * Ends the attempt ring: chooses an endpoint, synchronously, and counts the call on it until the reply's body ends.
 * Rejects with `ERR_MESH_NO_HEALTHY_ENDPOINT` (503 `UH`) when there is none.
 */
export function pickStage(view: ClusterView): Interceptor<ClientCall> {
  return async function pick(call, next) {
    const endpoint = view.pick(call)
    if (endpoint === undefined) throw noHealthyEndpoint(view)
    call.endpoint = endpoint
    if (call.tried === undefined) call.tried = [endpoint]
    else call.tried.push(endpoint)
    endpoint.active++
    try {
      const reply = await next(call)
      reply.lease.hold(endpoint)
      return reply
    } catch (error) {
      endpoint.release()
      throw error
    }
  }
}

function noHealthyEndpoint(view: ClusterView): MeshError {
  const why = view.endpoints.length === 0 ? 'has no endpoints' : 'has only ejected endpoints'
  return new MeshError('ERR_MESH_NO_HEALTHY_ENDPOINT', `"${view.name}" ${why}`, {
    service: view.cluster.name,
    body: 'no healthy upstream',
    detail: 'no_healthy_upstream',
  })
}
