import type { RedisClient } from '../rate-limit/redis-client.js'
import type { Reporter } from './diagnostics.js'
import type { Resource } from './resource.js'
import type { ServiceRegistry } from './services.js'

/** What every compiler of a kind is given. */
export interface CompileContext {
  readonly report: Reporter
  readonly services: ServiceRegistry
  /** Whose calls the config is for: names are resolved and visibility is judged from here. */
  readonly namespace: string
  /** Every object of these manifests, by `group/kind`, in reading order. */
  readonly resources: ReadonlyMap<string, readonly Resource[]>
  /** Where a peer would refuse or fail, do not help out. */
  readonly strict: boolean
  /** Whose defaults Kong's plugins have. */
  readonly kong: '3.9' | '3.14'
  /** Takes the place of every Redis that a manifest names. */
  readonly redis: RedisClient | undefined
}

/** The objects of one kind, in reading order. */
export function resourcesOf(context: CompileContext, group: string, kind: string): readonly Resource[] {
  return context.resources.get(`${group}/${kind}`) ?? []
}
