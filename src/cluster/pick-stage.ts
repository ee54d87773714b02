import type { ClientCall } from '../core/call.js'
import { MeshError } from '../core/errors.js'
import { guarding } from '../core/guard.js'
import type { Interceptor } from '../core/interceptor.js'
import { type Arrival, arrived } from './arrival.js'
import type { Endpoint } from './endpoint.js'
import type { ClusterView } from './view.js'

/** Where the endpoints come from, if that is not the config. */
export interface PickOptions {
  /** What the first calls wait for. Default: nothing. */
  readonly arrival?: Arrival | undefined
  /** Finds the endpoint that a call names itself, in place of the balancer's choice. */
  readonly original?: ((call: ClientCall) => Endpoint | undefined) | undefined
}

/**
 * Ends the attempt ring: chooses an endpoint, synchronously, and counts the call on it until the reply's body ends. Only
 * the first calls of a service wait, for its endpoints to be found and checked. Rejects with
 * `ERR_MESH_NO_HEALTHY_ENDPOINT` (503 `UH`) when there is none.
 */
export function pickStage(view: ClusterView, { arrival, original }: PickOptions = {}): Interceptor<ClientCall> {
  const choose = original ?? ((call: ClientCall): Endpoint | undefined => view.pick(call))
  function land(call: ClientCall, endpoint: Endpoint | undefined): Endpoint {
    if (endpoint === undefined) throw noHealthyEndpoint(view, arrival?.failure)
    call.endpoint = endpoint
    call.tried?.push(endpoint)
    endpoint.enter()
    return endpoint
  }

  return guarding(function pick(call: ClientCall) {
    call.noteTried()
    const endpoint = arrival?.checking === undefined ? choose(call) : undefined
    if (endpoint !== undefined || arrival === undefined) return land(call, endpoint)
    return arrived(call, arrival, choose).then((found) => land(call, found))
  })
}

function noHealthyEndpoint(view: ClusterView, cause: Error | undefined): MeshError {
  const { endpoints } = view
  const ejected = endpoints.every((endpoint) => endpoint.ejected)
  const why = endpoints.length === 0 ? 'has no endpoints' : `has only ${ejected ? 'ejected' : 'unhealthy'} endpoints`
  return new MeshError(
    'ERR_MESH_NO_HEALTHY_ENDPOINT',
    `"${view.name}" ${why}${cause === undefined ? '' : `: ${cause.message}`}`,
    {
      service: view.cluster.name,
      cause,
      body: 'no healthy upstream',
      detail: 'no_healthy_upstream',
    },
  )
}
