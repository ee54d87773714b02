import { oneOf, type Schema } from '../core/schema/index.js'

/**
 * What a server demands of its callers. `strict`: mutual TLS. `permissive`: mutual TLS, TLS or plain text on one port,
 * but never a bad certificate. `disable`: plain text.
 */
export type MtlsMode = 'strict' | 'permissive' | 'disable'

/** Schema of `MtlsMode`. */
export const mtlsMode: Schema<MtlsMode> = oneOf('strict', 'permissive', 'disable')
