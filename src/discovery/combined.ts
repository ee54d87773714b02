import type { EndpointOptions } from './options.js'
import type { Resolver } from './resolver.js'

/**
 * Puts the endpoints of several resolvers together, in their order. The first set is reported once every one of them has
 * answered or failed; what one of them reports later replaces its own part. A later failure is only told: it changes no
 * endpoint.
 */
export function combinedResolver(resolvers: readonly Resolver[]): Resolver {
  return {
    watch(onEndpoints, onFailure) {
      const parts: (readonly EndpointOptions[] | undefined)[] = resolvers.map(() => undefined)
      const settled = new Set<number>()
      const early: Error[] = []

      function report(): void {
        if (settled.size < parts.length) return
        const found = parts.flatMap((part) => part ?? [])
        if (parts.some((part) => part !== undefined))
          onEndpoints([...new Map(found.toReversed().map((one) => [one.url, one])).values()].toReversed())
      }

      function settle(i: number): void {
        settled.add(i)
        report()
        if (settled.size === parts.length) for (const error of early.splice(0)) onFailure(error)
      }

      const stops = resolvers.map((resolver, i) =>
        resolver.watch(
          (endpoints) => {
            parts[i] = endpoints
            settle(i)
          },
          (error) => {
            if (settled.size === parts.length) return onFailure(error)
            early.push(error)
            settle(i)
          },
        ),
      )
      return function stop() {
        for (const end of stops) end()
      }
    },
  }
}
