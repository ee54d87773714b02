import type { ConsumerStore } from '../auth/consumers.js'
import type { GatewayRouteOptions } from '../config/gateway.js'
import { type PluginOptions, pluginOrder } from '../config/plugins.js'
import type { Interceptor } from '../core/interceptor.js'
import type { ServerCall } from '../core/server-call.js'
import type { PolicyFactory } from '../server/policy-factory.js'

/** Maps the names of plugins onto policies. `place` is where the counters of those are kept that name none. */
function pluginPolicy(
  plugin: PluginOptions,
  place: string,
  policies: PolicyFactory,
  consumers: ConsumerStore,
): Interceptor<ServerCall> {
  switch (plugin.name) {
    case 'cors':
      return policies.cors(plugin.config ?? {})
    case 'jwt':
      return policies.jwt([plugin.config ?? {}], consumers)
    case 'key-auth':
      return policies.apiKey(plugin.config ?? {}, consumers)
    case 'authorization':
      return policies.authorization(plugin.config ?? [])
    case 'rate-limiting':
      return policies.rateLimit(plugin.config ?? {}, `gateway ${plugin.place ?? place}`)
  }
}

/**
 * The plugins of a route as interceptors, in their standard order whatever the order in the config. `place` is where the
 * route's counters are kept.
 */
export function routePlugins(
  route: GatewayRouteOptions,
  place: string,
  policies: PolicyFactory,
  consumers: ConsumerStore,
): readonly Interceptor<ServerCall>[] {
  return (route.plugins ?? [])
    .toSorted((a, b) => pluginOrder.indexOf(a.name) - pluginOrder.indexOf(b.name))
    .map((plugin) => pluginPolicy(plugin, place, policies, consumers))
}
