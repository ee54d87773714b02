import { wireBody } from '../core/body.js'
import type { ClientCall } from '../core/call.js'
import type { Lane } from './pools.js'

/** What undici's core needs for one dispatch. */
export interface WireRequest {
  readonly path: string
  readonly method: string
  readonly headers: string[]
  readonly body: ReturnType<typeof wireBody>
  /** Constant for a pool, so that a Host header never makes undici reconnect. */
  readonly servername: string
  readonly headersTimeout: number
  readonly bodyTimeout: number
}

function isHost(name: string): boolean {
  return name.length === 4 && name.toLowerCase() === 'host'
}

/** The authority as Host unless the caller wrote one or the connection does, the others as they stand. */
function wireHeaders({ headers: { raw }, authority }: ClientCall, lane: Lane): string[] {
  let written: string | undefined
  for (let i = 0; i < raw.length; i += 2) if (isHost(raw[i] ?? '')) written = raw[i + 1]
  // undici copies what it is given, whatever its types say.
  if (written === undefined) return authority === lane.authority ? (raw as string[]) : ['host', authority].concat(raw)
  const headers = ['host', written]
  for (let i = 0; i < raw.length; i += 2) if (!isHost(raw[i] ?? '')) headers.push(raw[i] ?? '', raw[i + 1] ?? '')
  return headers
}

/** The call in the shape of undici's dispatch options, for one of these connections. */
export function wireRequest(call: ClientCall, lane: Lane, idleTimeoutMs: number): WireRequest {
  return {
    path: call.path,
    method: call.method,
    headers: wireHeaders(call, lane),
    body: wireBody(call.body),
    servername: 'mesh',
    headersTimeout: idleTimeoutMs,
    bodyTimeout: idleTimeoutMs,
  }
}
