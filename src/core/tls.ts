import type { ConnectionOptions, TLSSocket } from 'node:tls'
import type { MeshError } from './errors.js'

/** What a TLS connection to an endpoint needs, for one generation of credentials. */
export interface TlsContext {
  /** Changes with every new credential or bundle: connections of an old generation are drained. */
  readonly generation: string
  /** For `tls.connect`, its secure context included. */
  readonly options: ConnectionOptions
  /** Judges the peer after the handshake, before a byte of a request is written. */
  verify?(socket: TLSSocket): MeshError | undefined
  /** Wall-clock ms at which our own certificate ends: from then on no connection is opened. Default: there is none. */
  readonly ownNotAfter?: number | undefined
  /** Wall-clock ms at which a connection ends, with the peer's certificate or with ours. */
  notAfter?(socket: TLSSocket): number | undefined
}

/** Hands out today's context; cheap enough for every call. */
export interface TlsClient {
  /** The context for a connection that is opened now. */
  current(): TlsContext
}
