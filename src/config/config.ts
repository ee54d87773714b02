import type { SubsetOptions } from '../cluster/subset.js'
import type { GatewayOptions } from './gateway.js'
import type { InboundOptions } from './inbound.js'
import type { ServiceConfig } from './service.js'

/** The subsets of each service, by its name: what infers from a config, so that a misspelt name does not compile. */
export type ServiceSubsets = Record<string, unknown>

/** Any services, for code that does not know their names. */
export type AnySubsets = Record<string, SubsetOptions>

/** The native configuration: plain, immutable data. */
export interface MeshConfig<S extends ServiceSubsets = AnySubsets> {
  /** What this workload calls, by logical name. */
  services?: { readonly [Name in keyof S]: ServiceConfig<S[Name]> } | undefined
  /** What this workload demands of its callers. */
  inbound?: InboundOptions | undefined
  /** What comes in from outside and goes to the services. */
  gateway?: GatewayOptions | undefined
}
