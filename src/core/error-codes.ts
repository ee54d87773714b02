/** Who refused or failed: this process, or the peer it called. */
export type ErrorOrigin = 'local' | 'upstream'

/**
 * Every code a `MeshError` can carry. Codes are stable: they change only with a major version. The mesh itself makes no
 * `ERR_MESH_RESET` and no `ERR_MESH_PAYLOAD_TOO_LARGE`: they are for interceptors of users.
 */
export type MeshErrorCode =
  | 'ERR_MESH_CONFIG'
  | 'ERR_MESH_NO_ROUTE'
  | 'ERR_MESH_NO_CLUSTER'
  | 'ERR_MESH_NO_HEALTHY_ENDPOINT'
  | 'ERR_MESH_OVERFLOW'
  | 'ERR_MESH_CIRCUIT_OPEN'
  | 'ERR_MESH_CONNECT'
  | 'ERR_MESH_CONNECT_TIMEOUT'
  | 'ERR_MESH_TLS'
  | 'ERR_MESH_RESET'
  | 'ERR_MESH_RESET_BEFORE_RESPONSE'
  | 'ERR_MESH_TRUNCATED'
  | 'ERR_MESH_RESPONSE_TOO_LARGE'
  | 'ERR_MESH_PROTOCOL'
  | 'ERR_MESH_TIMEOUT'
  | 'ERR_MESH_ATTEMPT_TIMEOUT'
  | 'ERR_MESH_PEER_IDENTITY'
  | 'ERR_MESH_UNAUTHENTICATED'
  | 'ERR_MESH_FORBIDDEN'
  | 'ERR_MESH_RATE_LIMITED'
  | 'ERR_MESH_PAYLOAD_TOO_LARGE'
  | 'ERR_MESH_BAD_PATH'
  | 'ERR_MESH_BAD_REQUEST'
  | 'ERR_MESH_BODY_USED'
  | 'ERR_MESH_ABORTED'
  | 'ERR_MESH_UNAVAILABLE'
  | 'ERR_MESH_INTERNAL'
  | 'ERR_MESH_CLOSED'

/** What a code means at every edge: one row a code. */
export interface ErrorCodeInfo {
  /** HTTP status when the error becomes an answer. */
  readonly status: number
  /** Envoy's response flag; `-` where Envoy has none. */
  readonly flag: string
  readonly origin: ErrorOrigin
  /** Whether trying again elsewhere could help; the retry policy still decides. */
  readonly retryable: boolean
  /** RFC 9457 title. */
  readonly title: string
}

const local = (status: number, flag: string, title: string): ErrorCodeInfo => ({
  status,
  flag,
  title,
  origin: 'local',
  retryable: false,
})
const upstream = (status: number, flag: string, title: string): ErrorCodeInfo => ({
  status,
  flag,
  title,
  origin: 'upstream',
  retryable: true,
})

/** The one table of codes (flags and statuses: Envoy's local reply catalogue). */
export const errorCodes: Readonly<Record<MeshErrorCode, ErrorCodeInfo>> = {
  ERR_MESH_CONFIG: local(500, '-', 'Invalid configuration'),
  ERR_MESH_NO_ROUTE: local(404, 'NR', 'No route'),
  ERR_MESH_NO_CLUSTER: local(503, 'NC', 'No such destination'),
  ERR_MESH_NO_HEALTHY_ENDPOINT: local(503, 'UH', 'No healthy endpoint'),
  ERR_MESH_OVERFLOW: local(503, 'UO', 'Too many concurrent calls'),
  ERR_MESH_CIRCUIT_OPEN: local(503, 'UO', 'Circuit open'),
  ERR_MESH_CONNECT: upstream(503, 'UF', 'Connection failed'),
  ERR_MESH_CONNECT_TIMEOUT: upstream(503, 'UF', 'Connection timed out'),
  ERR_MESH_TLS: upstream(503, 'UF', 'TLS failed'),
  ERR_MESH_RESET: upstream(503, 'UC', 'Connection reset'),
  ERR_MESH_RESET_BEFORE_RESPONSE: upstream(503, 'UC', 'Connection reset before a response'),
  ERR_MESH_TRUNCATED: { ...upstream(502, 'UPE', 'Truncated response'), retryable: false },
  ERR_MESH_RESPONSE_TOO_LARGE: { ...upstream(502, 'UPE', 'Response too large'), retryable: false },
  ERR_MESH_PROTOCOL: upstream(502, 'UPE', 'Malformed response'),
  ERR_MESH_TIMEOUT: { ...upstream(504, 'UT', 'Deadline exceeded'), retryable: false },
  ERR_MESH_ATTEMPT_TIMEOUT: upstream(504, 'UT', 'Attempt timed out'),
  ERR_MESH_PEER_IDENTITY: upstream(503, 'UF', 'Unexpected peer identity'),
  ERR_MESH_UNAUTHENTICATED: local(401, '-', 'Unauthorized'),
  ERR_MESH_FORBIDDEN: local(403, '-', 'Forbidden'),
  ERR_MESH_RATE_LIMITED: local(429, 'RL', 'Too many requests'),
  ERR_MESH_PAYLOAD_TOO_LARGE: local(413, '-', 'Payload too large'),
  ERR_MESH_BAD_PATH: local(400, '-', 'Ambiguous or malformed path'),
  ERR_MESH_BAD_REQUEST: local(400, '-', 'Bad request'),
  ERR_MESH_BODY_USED: local(500, '-', 'Body already used'),
  ERR_MESH_ABORTED: local(499, 'DC', 'Aborted by the caller'),
  ERR_MESH_UNAVAILABLE: local(503, '-', 'Temporarily unavailable'),
  ERR_MESH_INTERNAL: local(500, '-', 'Internal error'),
  ERR_MESH_CLOSED: local(503, '-', 'The mesh is closed'),
}
