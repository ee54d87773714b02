import { block } from '../auth/authorization/addresses.js'
import { either, integer, list, type Schema } from '../core/schema/index.js'
import { type MtlsMode, mtlsMode } from '../identity/mtls-mode.js'

/** What a workload demands of its callers' connections and whom it believes about forwarded headers. */
export interface ConnectionOptions {
  /** Default: `strict` once the mesh has an identity, else `disable` (Istio PeerAuthentication). */
  mtls?: MtlsMode | undefined
  /**
   * Whose `x-forwarded-*` headers are believed: a number of proxies in front (counted from the right), or their
   * addresses and CIDR blocks. Default 0: nobody's; the headers are removed (Envoy `xff_num_trusted_hops`).
   */
  trustedProxies?: number | readonly string[] | undefined
}

/** Schemas of the fields of `ConnectionOptions`. */
export const connectionShape: {
  mtls: Schema<MtlsMode>
  trustedProxies: Schema<number | readonly string[]>
} = {
  mtls: mtlsMode,
  trustedProxies: either(integer(0, 100), list(block)),
}
