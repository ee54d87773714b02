import type { AnySubsets, MeshConfig, ServiceSubsets } from './config.js'

/**
 * Where a config comes from that changes by itself: files, a control plane. `watchManifests` makes one. Whether a config
 * may serve is judged by whoever follows the source; one that may not is refused, and the last good one kept.
 *
 * @example
 * const source: ConfigSource = {
 *   load: async () => JSON.parse(await readFile('mesh.json', 'utf8')),
 *   subscribe: (changed, failed) => {
 *     const timer = setInterval(() => source.load().then(changed, failed), 10_000).unref()
 *     return () => clearInterval(timer)
 *   },
 * }
 */
export interface ConfigSource {
  /** The config of now; called once, when somebody begins to follow the source. */
  load(): Promise<MeshConfig>
  /**
   * Tells every config after that, in order, and whatever keeps it from finding one; returns what ends it. Called once,
   * before `load` has settled.
   */
  subscribe(changed: (config: MeshConfig) => void, failed: (reason: unknown) => void): () => void
}

/** What a mesh is configured with: a plain config, a source of configs, or several of both, the later wins. */
export type ConfigInput<S extends ServiceSubsets = AnySubsets> =
  | MeshConfig<S>
  | ConfigSource
  | readonly (MeshConfig | ConfigSource)[]

/** Tells a source from a plain config. */
export function isConfigSource(value: unknown): value is ConfigSource {
  if (typeof value !== 'object' || value === null) return false
  return 'load' in value && typeof value.load === 'function' && 'subscribe' in value
}

function isList<T>(given: T | readonly T[]): given is readonly T[] {
  return Array.isArray(given)
}

/** One config or several, as several. */
export function configList<T extends MeshConfig | ConfigSource>(given: T | readonly T[]): readonly T[] {
  return isList(given) ? given : [given]
}
