import { combinedResolver } from './combined.js'
import { type Discovery, isResolver, type OriginalDestination } from './discovery.js'
import { type DnsDeps, dnsResolver } from './dns/resolver.js'
import type { Resolver } from './resolver.js'

/** Makes the resolver of a validated `discovery`; the original destination needs none. */
export function createResolver(discovery: Exclude<Discovery, OriginalDestination>, deps: DnsDeps): Resolver {
  if (isResolver(discovery)) return discovery
  if (!isList(discovery)) return dnsResolver(discovery, deps)
  return combinedResolver(discovery.map((one) => dnsResolver(one, deps)))
}

function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value)
}
