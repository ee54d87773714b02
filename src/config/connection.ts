import { either, integer, list, object, oneOf, type Schema, text } from '../core/schema/index.js'

/** What a workload demands of its callers' connections and whom it believes about forwarded headers. */
export interface ConnectionOptions {
  /**
   * `strict`: only mutual TLS with a verified identity; `permissive`: that, or plain; `disable`: no TLS.
   * Default: `strict` once the mesh has an identity, else `disable` (Istio PeerAuthentication).
   */
  mtls?: 'strict' | 'permissive' | 'disable' | undefined
  /**
   * Whose `x-forwarded-*` headers are believed: a number of proxies in front (counted from the right), or their
   * addresses. Default 0: nobody's; the headers are removed (Envoy `xff_num_trusted_hops`).
   */
  trustedProxies?: number | readonly string[] | undefined
}

/** Schema of `ConnectionOptions`. */
export const connectionShape: {
  mtls: Schema<'strict' | 'permissive' | 'disable'>
  trustedProxies: Schema<number | readonly string[]>
} = {
  mtls: oneOf('strict', 'permissive', 'disable'),
  trustedProxies: either(integer(0, 100), list(text)),
}

/** Schema of `ConnectionOptions` alone. */
export const connectionOptions: Schema<ConnectionOptions> = object<ConnectionOptions>(connectionShape)
