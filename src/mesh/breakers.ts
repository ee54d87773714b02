import type { Services } from './services.js'

/** A circuit breaker, to look at and to turn by hand. */
export interface MeshBreaker {
  /** `service` or `service|subset`. */
  readonly destination: string
  /** `host:port`, where the breaker is an endpoint's (`circuitBreaker.per`). */
  readonly endpoint: string | undefined
  /** What it is at this moment. */
  readonly state: 'closed' | 'open' | 'half-open'
  /** Refuses every call until `close`. */
  open(): void
  /** Lets calls through, with an empty window. */
  close(): void
}

/** Every breaker there is now. */
export function breakersOf(services: Services): MeshBreaker[] {
  const breakers: MeshBreaker[] = []
  for (const service of services.values())
    for (const { destination, endpoint, breaker } of service.breakers())
      breakers.push({
        destination,
        endpoint,
        get state() {
          return breaker.state
        },
        open: () => breaker.open(),
        close: () => breaker.close(),
      })
  return breakers
}
