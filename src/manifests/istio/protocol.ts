/** What Istio knows of a protocol that a port names. */
export interface Protocol {
  /** Calls are routed by it; plain TCP is only forwarded. */
  readonly http: boolean
  readonly tls: boolean
  /** HTTP/2 towards the endpoints. */
  readonly http2: boolean
}

const plain: Protocol = { http: false, tls: false, http2: false }
const http: Protocol = { http: true, tls: false, http2: false }
const http2: Protocol = { http: true, tls: false, http2: true }
const tls: Protocol = { http: false, tls: true, http2: false }

const protocols: ReadonlyMap<string, Protocol> = new Map([
  ['tcp', plain],
  ['udp', plain],
  ['mongo', plain],
  ['redis', plain],
  ['mysql', plain],
  ['http', http],
  ['http_proxy', http],
  ['hbone', http2],
  ['http2', http2],
  ['grpc', http2],
  ['grpc-web', http2],
  ['https', tls],
  ['tls', tls],
])

/** The protocol of a name, in any case; empty is found out by looking, so it may be HTTP. Undefined for other words. */
export function parseProtocol(name: string): Protocol | undefined {
  return name === '' ? plain : protocols.get(name.toLowerCase())
}
