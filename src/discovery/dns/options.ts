import { isIP } from 'node:net'
import type { Duration } from '../../core/duration.js'
import {
  anyText,
  duration,
  exactly,
  integer,
  list,
  object,
  oneOf,
  record,
  rule,
  type Schema,
  text,
} from '../../core/schema/index.js'
import { type Labels, locality } from '../options.js'

/** How a name is asked for, and what its endpoints carry. */
export interface DnsOptions {
  /**
   * `strict`: every address is an endpoint, with its own health. `logical`: the name is the one endpoint, new connections
   * go to the first address. `srv`: SRV records, with their ports, weights and priorities. Default `strict`.
   */
  mode?: 'strict' | 'logical' | 'srv' | undefined
  /** Scheme of the endpoints. Default `http`. */
  scheme?: 'http' | 'https' | undefined
  /** Which addresses. `any`: IPv4, or IPv6 where there is no IPv4 (Envoy `V4_PREFERRED`); `all`: both. Default `any`. */
  family?: 'any' | 'all' | 'ipv4' | 'ipv6' | undefined
  /** Longest time between two questions; a shorter TTL of the records counts. From 1 s. Default `'60s'` (Istio `dnsRefreshRate`). */
  refresh?: Duration | undefined
  /** How long the last addresses serve on while DNS gives none. From 1 s. Default `'24h'`. */
  maxStale?: Duration | undefined
  /** DNS servers: `address`, `address:port` or `[address]:port`. Default: the system's, and its other sources of names. */
  servers?: readonly string[] | undefined
  /** Labels of every endpoint that is found, for subsets. Default none. */
  labels?: Labels | undefined
  /** Weight of every address, or of all addresses of an SRV target that gives none. 1 to 2^32 - 1. Default 1. */
  weight?: number | undefined
  /** Priority of every endpoint; those of SRV records come on top. 0 to 127. Default 0. */
  priority?: number | undefined
  /** `region`, `region/zone` or `region/zone/subzone`. Default unknown. */
  locality?: string | undefined
}

/** Endpoints behind a name, asked of DNS. Made by `dns()`. Plain data, so that configs can be compared. */
export interface DnsDiscovery extends DnsOptions {
  /** What tells it from the other kinds. */
  kind: 'dns'
  /** Name that is asked for; an IP address stands for itself. */
  name: string
  /** Port of the endpoints; SRV records bring their own. 1 to 65,535. Default: the scheme's. */
  port?: number | undefined
}

const label = /^[\w-]{1,63}$/

function isName(name: string): boolean {
  if (isIP(name) !== 0) return true
  const absolute = name.endsWith('.') ? name.slice(0, -1) : name
  return absolute.length <= 253 && absolute.split('.').every((part) => label.test(part))
}

const host: Schema<string> = rule(text, (value, report) => {
  if (!isName(value)) report([], 'must be a DNS name or an IP address, without scheme, port and path')
})

const server: Schema<string> = rule(text, (value, report) => {
  const parts = isIP(value) === 0 ? /^(?:\[(.+)\]|([\d.]+))(?::(\d{1,5}))?$/.exec(value) : undefined
  const [, bracketed, plain, port = '53'] = parts ?? []
  const address = parts === undefined ? value : (bracketed ?? plain ?? '')
  if (isIP(address) === 0 || Number(port) < 1 || Number(port) > 65_535)
    report([], 'must be the IP address of a DNS server, with or without a port')
})

/** Schema of `DnsDiscovery`. */
export const dnsDiscovery: Schema<DnsDiscovery> = rule(
  object<DnsDiscovery>(
    {
      kind: exactly('dns'),
      name: host,
      port: integer(1, 65_535),
      mode: oneOf('strict', 'logical', 'srv'),
      scheme: oneOf('http', 'https'),
      family: oneOf('any', 'all', 'ipv4', 'ipv6'),
      refresh: duration(1_000),
      maxStale: duration(1_000),
      servers: list(server, { min: 1 }),
      labels: record(anyText),
      weight: integer(1, 4_294_967_295),
      priority: integer(0, 127),
      locality,
    },
    ['kind', 'name'],
  ),
  ({ mode, port, name }, report) => {
    if (mode === 'srv' && port !== undefined) report(['port'], 'comes from the SRV records; leave it out')
    if (mode === 'srv' && isIP(name) !== 0) report(['name'], 'must be a name: an address has no SRV records')
  },
)
