import net from 'node:net'
import { blockList } from '../auth/authorization/addresses.js'
import type { ServerCall } from '../core/server-call.js'

/** `::ffff:1.2.3.4` is `1.2.3.4`; a zone is no part of an address. */
export function plainAddress(address: string): string {
  const zone = address.indexOf('%')
  const bare = zone === -1 ? address : address.slice(0, zone)
  return bare.startsWith('::ffff:') && net.isIPv4(bare.slice(7)) ? bare.slice(7) : bare
}

/** Finds the client behind the proxies that are trusted. */
export interface ClientAddress {
  /** Whether the other end of the socket is such a proxy. */
  trusts(call: ServerCall): boolean
  /** The client's address: from the right over trusted hops, the socket's when the list is too short or garbled. */
  of(call: ServerCall): string
}

function hops(call: ServerCall): string[] {
  return call.headers
    .getAll('x-forwarded-for')
    .flatMap((value) => value.split(',').map((hop) => plainAddress(hop.trim())))
}

function byCount(count: number): ClientAddress {
  return {
    trusts: () => count > 0,
    of(call) {
      const found = count === 0 ? undefined : hops(call).at(-count)
      return found !== undefined && net.isIP(found) !== 0 ? found : call.remoteAddress
    },
  }
}

function byList(addresses: readonly string[]): ClientAddress {
  const trusted = blockList(addresses)
  const isTrusted = (address: string): boolean => trusted.check(address, net.isIPv6(address) ? 'ipv6' : 'ipv4')
  return {
    trusts: (call) => isTrusted(call.remoteAddress),
    of(call) {
      let client = call.remoteAddress
      for (const hop of hops(call).reverse()) {
        if (!isTrusted(client)) return client
        if (net.isIP(hop) === 0) return client
        client = hop
      }
      return client
    },
  }
}

/** Compiles the trusted proxies (Envoy `xff_num_trusted_hops` and `xff_trusted_cidrs`), which the schema has checked. */
export function clientAddress(trustedProxies: number | readonly string[] | undefined): ClientAddress {
  if (trustedProxies === undefined || typeof trustedProxies === 'number') return byCount(trustedProxies ?? 0)
  return byList(trustedProxies)
}
