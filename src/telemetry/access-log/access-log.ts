import type { ClientCall } from '../../core/call.js'
import { isMeshError } from '../../core/errors.js'
import type { Logger } from '../../core/logger.js'
import type { Reply } from '../../core/reply.js'
import type { ServerCall } from '../../core/server-call.js'
import { pathOf } from '../../core/url.js'
import { type AccessLogEntry, declaredLength, escaped, escapedOrNull } from './entry.js'

/** How a call ended, as the log tells it. */
export interface LoggedEnd {
  /** Wall-clock ms at the beginning. */
  readonly startMs: number
  readonly durationMs: number
  /** Until the reply's headers; undefined if none came. */
  readonly headersMs: number | undefined
  /** 0: there was no answer. */
  readonly status: number
  readonly flag: string
  readonly reply: Reply | undefined
  readonly error: unknown
}

function details(end: LoggedEnd): string | null {
  if (isMeshError(end.error)) return escaped(end.error.detail ?? end.error.code)
  if (end.reply !== undefined) return 'via_upstream'
  // Of code that threw while a request was served: what its client is told, too.
  return end.status === 500 ? 'ERR_MESH_INTERNAL' : null
}

function failureReason(error: unknown): string | null {
  if (!isMeshError(error) || error.origin !== 'upstream') return null
  return escaped(error.message)
}

function common(
  end: LoggedEnd,
): Pick<
  AccessLogEntry,
  | 'start_time'
  | 'protocol'
  | 'response_code'
  | 'response_flags'
  | 'response_code_details'
  | 'connection_termination_details'
  | 'bytes_sent'
  | 'duration'
  | 'upstream_service_time'
  | 'upstream_transport_failure_reason'
> {
  return {
    start_time: new Date(end.startMs).toISOString(),
    protocol: 'HTTP/1.1',
    response_code: end.status,
    response_flags: end.flag,
    response_code_details: details(end),
    connection_termination_details: null,
    bytes_sent: declaredLength(end.reply?.headers.get('content-length')),
    duration: Math.round(end.durationMs),
    upstream_service_time: end.headersMs === undefined ? null : Math.round(end.headersMs),
    upstream_transport_failure_reason: failureReason(end.error),
  }
}

/** Writes one line a call, at level info, through a pino-style logger. */
export class AccessLog {
  readonly #logger: Logger

  constructor(logger: Logger) {
    this.#logger = logger
  }

  /** A line for an outbound call. */
  client(call: ClientCall, end: LoggedEnd): void {
    const { headers, endpoint } = call
    const entry: AccessLogEntry = {
      ...common(end),
      route_name: escapedOrNull(call.route?.name),
      method: escaped(call.method),
      path: escaped(pathOf(call.path)),
      bytes_received: declaredLength(headers.get('content-length')),
      x_forwarded_for: escapedOrNull(headers.get('x-forwarded-for')),
      user_agent: escapedOrNull(headers.get('user-agent')),
      request_id: escapedOrNull(headers.get('x-request-id')),
      authority: escaped(call.authority),
      upstream_host: endpoint?.id ?? null,
      upstream_cluster: escapedOrNull(call.destination?.name ?? call.service),
      upstream_local_address: null,
      downstream_local_address: null,
      downstream_remote_address: null,
      requested_server_name: null,
    }
    this.#logger.info(entry, 'outbound')
  }

  /** A line for an inbound call. */
  server(call: ServerCall, end: LoggedEnd): void {
    const { headers } = call
    const entry: AccessLogEntry = {
      ...common(end),
      route_name: escapedOrNull(call.route),
      method: escaped(call.method),
      path: escaped(pathOf(call.target)),
      bytes_received: declaredLength(headers.get('content-length')),
      x_forwarded_for: escapedOrNull(headers.get('x-forwarded-for')),
      user_agent: escapedOrNull(headers.get('user-agent')),
      request_id: escapedOrNull(call.requestId),
      authority: escaped(call.authority),
      upstream_host: null,
      upstream_cluster: escapedOrNull(call.service),
      upstream_local_address: null,
      downstream_local_address: `:${call.localPort}`,
      downstream_remote_address: escaped(call.clientAddress),
      requested_server_name: null,
    }
    this.#logger.info(entry, 'inbound')
  }
}
