import type { MeshConfig } from '../config/config.js'
import { ConfigError, type Problem } from '../core/config-error.js'
import type { RateLimitOptions } from '../rate-limit/options.js'

/**
 * A limit that is to be counted in Redis is refused where there is none: each process would count alone, and nobody would
 * know. Those of manifests name a Redis that is not ours to reach, and have been warned of.
 */
export function checkRedis(config: MeshConfig, hasRedis: boolean): void {
  if (hasRedis) return
  const problems: Problem[] = []
  const check = (path: string, limit: RateLimitOptions | undefined): void => {
    if (limit?.store === 'redis')
      problems.push({ path: `${path}.store`, message: '"redis" needs a client: createMesh({ redis })' })
  }
  for (const [i, limit] of (config.inbound?.rateLimits ?? []).entries()) check(`inbound.rateLimits[${i}]`, limit)
  for (const [i, route] of (config.gateway?.routes ?? []).entries())
    for (const [j, plugin] of (route.plugins ?? []).entries())
      if (plugin.name === 'rate-limiting' && plugin.origin === undefined && route.origin === undefined)
        check(`gateway.routes[${i}].plugins[${j}].config`, plugin.config)
  if (problems.length > 0) throw new ConfigError(problems)
}
