import type { Scheme } from './url.js'

/** One address, as the rings below the balancer see it. */
export interface EndpointRef {
  /** `host:port`, unique within a destination. */
  readonly id: string
  /** `https` for TLS on the connection, whatever the call's own scheme. */
  readonly scheme: Scheme
  /** Host name or IP address, without brackets. */
  readonly host: string
  /** 1 to 65,535. */
  readonly port: number
  /** `scheme://host:port`. */
  readonly origin: string
  /** What TLS asks for and verifies where `host` is an IP address. Default: the address. */
  readonly hostname?: string | undefined
  /** IP address to connect to in place of `host`; may change, for connections to come. */
  readonly address?: string | undefined
}

/** The route that a call matched, as far as the rings below need it. */
export interface RouteRef {
  /** Name for logs and metrics: bounded, never the raw path. */
  readonly name: string
}
