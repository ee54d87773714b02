import type { EndpointOptions } from './options.js'

/** Takes the whole set of endpoints, each time that it changed. */
export type OnEndpoints = (endpoints: readonly EndpointOptions[]) => void

/** Finds the endpoints of a service. A resolver that fails says nothing, so that the last good set goes on serving. */
export interface Resolver {
  /** Starts; what is known already is reported at once. Returns the function that stops it. */
  watch(onEndpoints: OnEndpoints): () => void
}
