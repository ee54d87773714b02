import type { EndpointOptions } from './options.js'

/** Takes the whole set of endpoints, each time that it changed. */
export type OnEndpoints = (endpoints: readonly EndpointOptions[]) => void

/** Takes the reason why nothing could be found. The last good set goes on serving; without one, calls fail at once. */
export type OnDiscoveryFailure = (error: Error) => void

/** Finds the endpoints of a service. A resolver that fails reports no endpoints, so that the last good set goes on serving. */
export interface Resolver {
  /** Starts; what is known already is reported at once. Returns the function that stops it. */
  watch(onEndpoints: OnEndpoints, onFailure: OnDiscoveryFailure): () => void
}
