import { object, record, rule, type Schema } from '../core/schema/index.js'
import { type GatewayOptions, gatewayOptions } from './gateway.js'
import { type InboundOptions, inboundOptions } from './inbound.js'
import { checkReferences } from './references.js'
import { type ServiceConfig, serviceConfig } from './service.js'

/** Service names and, for each, the names of its subsets: what infers from a config. */
export type SubsetNames = Record<string, string>

/** The native configuration: plain, immutable data. */
export interface MeshConfig<S extends SubsetNames = SubsetNames> {
  /** What this workload calls, by logical name. */
  services?: { readonly [Name in keyof S]: ServiceConfig<S[Name]> } | undefined
  /** What this workload demands of its callers. */
  inbound?: InboundOptions | undefined
  /** What comes in from outside and goes to the services. */
  gateway?: GatewayOptions | undefined
}

/** Schema of `MeshConfig`. */
export const meshConfig: Schema<MeshConfig> = rule(
  object<MeshConfig>({ services: record(serviceConfig), inbound: inboundOptions, gateway: gatewayOptions }),
  checkReferences,
)
