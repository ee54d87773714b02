import type { MeshConfig } from '../config/config.js'
import { ConfigError, type Problem } from '../core/config-error.js'
import type { RateLimitOptions } from '../rate-limit/options.js'

function problemsOf(path: string, limit: RateLimitOptions | undefined): readonly Problem[] {
  if (limit?.store !== 'redis') return []
  return [{ path: `${path}.store`, message: '"redis" needs a client: createMesh({ redis })' }]
}

function check(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new ConfigError(problems)
}

/**
 * A limit that is to be counted in Redis is refused where there is none: each process would count alone, and nobody would
 * know. Throws `ConfigError`.
 */
export function checkInboundRedis({ inbound }: MeshConfig, hasRedis: boolean): void {
  if (hasRedis) return
  check((inbound?.rateLimits ?? []).flatMap((limit, i) => problemsOf(`inbound.rateLimits[${i}]`, limit)))
}

/**
 * The same for limits of the gateway's routes, in a process that serves it: one config may be every process's. Those of
 * manifests name a Redis that is not ours to reach, and have been warned of.
 */
export function checkGatewayRedis({ gateway }: MeshConfig, hasRedis: boolean): void {
  if (hasRedis) return
  check(
    (gateway?.routes ?? []).flatMap((route, i) =>
      (route.plugins ?? []).flatMap((plugin, j) =>
        plugin.name === 'rate-limiting' && plugin.origin === undefined && route.origin === undefined
          ? problemsOf(`gateway.routes[${i}].plugins[${j}].config`, plugin.config)
          : [],
      ),
    ),
  )
}
