import { createRequire } from 'node:module'
import type * as PromClient from 'prom-client'

/** What a registry must be able to do: prom-client's own, its successor's, or anything of that shape. */
export interface MetricsRegistry {
  /** Adds a metric; refuses a second one of the same name. */
  registerMetric(metric: object): void
  /** The metric of that name, if there is one. */
  getSingleMetric(name: string): unknown
  /** Forgets a metric, so that its name is free again. */
  removeSingleMetric(name: string): void
  /** The exposition that Prometheus scrapes. */
  metrics(): Promise<string>
  /** Content type of the exposition. */
  readonly contentType: string
}

/**
 * prom-client, loaded when the first mesh is created - with `require`, because `createMesh` and `mesh.metrics` answer at
 * once. Whoever uses policies without a mesh never pays for it.
 */
export function promClient(): typeof PromClient {
  return createRequire(import.meta.url)('prom-client')
}

/** A registry of our own, never prom-client's global one. */
export function newRegistry(): MetricsRegistry {
  const { Registry } = promClient()
  return new Registry()
}
