import { createRequire } from 'node:module'
import type * as PromClient from 'prom-client'

/** What a registry must be able to do: prom-client's own, its successor's, or anything of that shape. */
export interface MetricsRegistry {
  /** Adds a metric; refuses a second one of the same name. */
  registerMetric(metric: object): void
  getSingleMetric(name: string): unknown
  removeSingleMetric(name: string): void
  /** The exposition that Prometheus scrapes. */
  metrics(): Promise<string>
  /** Content type of the exposition. */
  readonly contentType: string
}

/**
 * A registry of our own, never prom-client's global one. prom-client takes 50 ms to load, so it is loaded here, when
 * somebody asks for a registry and has none - with `require`, because `mesh.metrics` answers at once. Calls record
 * without it.
 */
export function newRegistry(): MetricsRegistry {
  const load = createRequire(import.meta.url)
  const { Registry }: typeof PromClient = load('prom-client')
  return new Registry()
}
