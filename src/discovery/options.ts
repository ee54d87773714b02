import { isIP } from 'node:net'
import { anyText, integer, list, object, record, rule, type Schema, text } from '../core/schema/index.js'
import { parseAddress } from './address.js'

/** Labels of a workload, as Kubernetes writes them: `{ version: 'v2' }`. */
export type Labels = Readonly<Record<string, string>>

/** One address of a service. */
export interface EndpointOptions {
  /** `http://host:port` or `https://host:port`; the port defaults to 80 or 443. No path. */
  url: string
  /** What subsets select by. Default none. */
  labels?: Labels | undefined
  /** Share of the calls, relative to the other endpoints: 1 to 2^32 - 1, default 1. */
  weight?: number | undefined
  /** 0 (default) is used first; the next one only as far as too few of the former are healthy. 0 to 127. */
  priority?: number | undefined
  /**
   * Name of an endpoint whose `url` has an IP address: what TLS asks for and verifies, and what hashing may use
   * (`useHostname`). Default: the host of `url`.
   */
  hostname?: string | undefined
  /** IP address that connections go to; the endpoint stays what `url` calls it. Default: the host of `url`, found by the system. */
  address?: string | undefined
  /** `region`, `region/zone` or `region/zone/subzone`. Default unknown. */
  locality?: string | undefined
}

const url: Schema<string> = rule(text, (value, report) => {
  if (parseAddress(value) === undefined)
    report([], 'must be http://host:port or https://host:port, without a path, a query or credentials')
})

const address: Schema<string> = rule(text, (value, report) => {
  if (isIP(value) === 0) report([], 'must be an IPv4 or IPv6 address, without brackets and port')
})

/** Schema of a locality. */
export const locality: Schema<string> = rule(text, (value, report) => {
  if (!/^[^/]+(?:\/[^/]+){0,2}$/.test(value)) report([], 'must be region, region/zone or region/zone/subzone')
})

/** Schema of one endpoint. */
const endpointOptions: Schema<EndpointOptions> = object<EndpointOptions>(
  {
    url,
    labels: record(anyText),
    weight: integer(1, 4_294_967_295),
    priority: integer(0, 127),
    hostname: text,
    address,
    locality,
  },
  ['url'],
)

/** Schema of a service's endpoints: an address stands in it once, since its state is kept by address. */
export const endpointList: Schema<readonly EndpointOptions[]> = rule(list(endpointOptions), (endpoints, report) => {
  const seen = new Set<string>()
  for (const [i, endpoint] of endpoints.entries()) {
    const id = parseAddress(endpoint.url)?.id
    if (id === undefined) continue
    if (seen.has(id)) report([i, 'url'], 'stands in the list twice; give it a weight instead')
    seen.add(id)
  }
})
