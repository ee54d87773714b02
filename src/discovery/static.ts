import type { EndpointOptions } from './options.js'
import type { OnEndpoints, Resolver } from './resolver.js'

function stop(): void {}

/**
 * Endpoints that stand in the config: known at once, never changing.
 *
 * @example
 * const stop = staticResolver([{ url: 'http://10.0.0.11:9443' }]).watch((endpoints) => cluster.update(endpoints))
 */
export function staticResolver(endpoints: readonly EndpointOptions[]): Resolver {
  return {
    watch(onEndpoints: OnEndpoints): () => void {
      onEndpoints(endpoints)
      return stop
    },
  }
}
