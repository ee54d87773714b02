import { isIP } from 'node:net'
import { type Random, randomInt } from '../../core/random.js'
import type { EndpointOptions } from '../options.js'
import type { DnsDiscovery } from './options.js'

/** An SRV record's part in its endpoints. */
export interface Share {
  readonly port: number
  readonly weight: number | undefined
  readonly priority: number
}

/** `scheme://host:port`. */
function urlOf(options: DnsDiscovery, host: string, port: number | undefined): string {
  const scheme = options.scheme ?? 'http'
  const written = isIP(host) === 6 ? `[${host}]` : host
  return `${scheme}://${written}${port === undefined ? '' : `:${port}`}`
}

/** A name without the dot that makes it absolute: certificates and Host headers have none. */
function withoutDot(name: string): string {
  return name.endsWith('.') ? name.slice(0, -1) : name
}

/** One address behind a name. TLS asks for the name. */
export function addressEndpoint(options: DnsDiscovery, name: string, address: string, share?: Share): EndpointOptions {
  const { labels, locality } = options
  const weight = share?.weight ?? options.weight
  const priority = Math.min((options.priority ?? 0) + (share?.priority ?? 0), 127)
  return {
    url: urlOf(options, address, share?.port ?? options.port),
    ...(isIP(name) === 0 ? { hostname: withoutDot(name) } : {}),
    ...(labels === undefined ? {} : { labels }),
    ...(weight === undefined ? {} : { weight }),
    ...(priority === 0 ? {} : { priority }),
    ...(locality === undefined ? {} : { locality }),
  }
}

/** The name as the one endpoint, connected to at the first of its addresses. */
export function logicalEndpoint(options: DnsDiscovery, address: string): EndpointOptions {
  const { hostname: _, ...rest } = addressEndpoint(options, options.name, address)
  return { ...rest, url: urlOf(options, withoutDot(options.name), options.port), address }
}

/** More addresses than this behind one name are a choice: those in use stay, others come in at random. */
const maxEndpoints = 256

/** Bounds a set: keeps those in use as far as they still are in it, and draws the rest. */
export function capped(
  found: readonly EndpointOptions[],
  inUse: readonly EndpointOptions[],
  random: Random,
): readonly EndpointOptions[] {
  if (found.length <= maxEndpoints) return found
  const used = new Set(inUse.map(({ url }) => url))
  const kept = found.filter(({ url }) => used.has(url)).slice(0, maxEndpoints)
  const others = found.filter(({ url }) => !used.has(url))
  while (kept.length < maxEndpoints) kept.push(...others.splice(randomInt(random, others.length), 1))
  return kept
}
