import { either, exactly, instance, list, object, type Schema } from '../core/schema/index.js'
import { type DnsDiscovery, dnsDiscovery } from './dns/options.js'
import type { Resolver } from './resolver.js'

/**
 * Calls go to the very host and port that they name, found by the system, as without a mesh (Istio resolution `NONE`).
 * Subsets select nothing among them.
 */
export interface OriginalDestination {
  /** What tells it from the other kinds. */
  kind: 'original'
}

/** Where the endpoints of a service are found: a name or several in DNS, what the call names, or whatever a resolver finds. */
export type Discovery = DnsDiscovery | readonly DnsDiscovery[] | OriginalDestination | Resolver

/** Whether it is a resolver that code handed over. */
export function isResolver(value: unknown): value is Resolver {
  return typeof value === 'object' && value !== null && 'watch' in value && typeof value.watch === 'function'
}

/** Whether calls name their endpoints themselves. */
export function isOriginal(discovery: Discovery | undefined): discovery is OriginalDestination {
  return discovery !== undefined && 'kind' in discovery && discovery.kind === 'original'
}

/** Schema of `discovery`. */
export const discoveryOptions: Schema<Discovery> = either(
  dnsDiscovery,
  object<OriginalDestination>({ kind: exactly('original') }, ['kind']),
  list(dnsDiscovery, { min: 1 }),
  instance<Resolver>('dns(...), a list of them, { kind: "original" }, or a resolver with a watch function', isResolver),
)
