/** One line of the access log: the keys of Istio's JSON log; null where nothing is known. */
export interface AccessLogEntry {
  readonly start_time: string
  readonly route_name: string | null
  readonly method: string
  /** Without the query, which may carry secrets. */
  readonly path: string
  readonly protocol: string
  readonly response_code: number
  readonly response_flags: string
  readonly response_code_details: string | null
  readonly connection_termination_details: string | null
  readonly bytes_received: number | null
  readonly bytes_sent: number | null
  /** Whole milliseconds, to the end of the body. */
  readonly duration: number
  /** Whole milliseconds until the upstream's headers. */
  readonly upstream_service_time: number | null
  readonly x_forwarded_for: string | null
  readonly user_agent: string | null
  readonly request_id: string | null
  readonly authority: string
  readonly upstream_host: string | null
  readonly upstream_cluster: string | null
  readonly upstream_local_address: string | null
  readonly downstream_local_address: string | null
  readonly downstream_remote_address: string | null
  readonly requested_server_name: string | null
  readonly upstream_transport_failure_reason: string | null
}

const longest = 512

/** A value of somebody else's, made harmless: no control or line-breaking character, no end of it in sight. */
export function escaped(value: string): string {
  const short = value.length > longest ? `${value.slice(0, longest)}…` : value
  return short.replace(
    /[\p{Cc}\u2028\u2029\p{Bidi_Control}]/gu,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** The same for a value that may be missing. */
export function escapedOrNull(value: string | undefined): string | null {
  return value === undefined || value === '' ? null : escaped(value)
}

/** A declared length; null if there is none. */
export function declaredLength(value: string | undefined): number | null {
  return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : null
}
