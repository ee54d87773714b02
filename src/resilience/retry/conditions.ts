import type { ClientCall } from '../../core/call.js'
import type { MeshErrorCode } from '../../core/error-codes.js'
import type { MeshError } from '../../core/errors.js'
import { isGrpc } from '../../core/grpc.js'
import { LruMap } from '../../core/lru.js'
import type { Reply } from '../../core/reply.js'
import { compileMatch, type Matcher, type StringMatch } from '../../core/string-match.js'

/** A named condition: one of Envoy's `retry_on` or `retry_grpc_on`, or `attempt-timeout`: `perTryTimeout` ran out, and nothing else. */
export type RetryToken =
  | '5xx'
  | 'gateway-error'
  | 'reset'
  | 'reset-before-request'
  | 'connect-failure'
  | 'envoy-ratelimited'
  | 'retriable-4xx'
  | 'refused-stream'
  | 'retriable-status-codes'
  | 'retriable-headers'
  | 'http3-post-connect-failure'
  | 'cancelled'
  | 'deadline-exceeded'
  | 'internal'
  | 'resource-exhausted'
  | 'unavailable'
  | 'attempt-timeout'

/** Every condition that Envoy names, in no order. */
export const retryTokens: readonly Exclude<RetryToken, 'attempt-timeout'>[] = [
  '5xx',
  'gateway-error',
  'reset',
  'reset-before-request',
  'connect-failure',
  'envoy-ratelimited',
  'retriable-4xx',
  'refused-stream',
  'retriable-status-codes',
  'retriable-headers',
  'http3-post-connect-failure',
  'cancelled',
  'deadline-exceeded',
  'internal',
  'resource-exhausted',
  'unavailable',
]

/** A named condition, or a status that is worth another try. */
export type RetryCondition = RetryToken | number

/** What is worth another try where nobody says anything: no reply at all. */
export const defaultConditions: readonly RetryCondition[] = ['connect-failure', 'refused-stream', 'reset']

/** Tells why an outcome is worth another try, in bounded words for events; undefined if it is not. */
export interface Conditions {
  ofReply(reply: Reply, attempt: ClientCall): RetryToken | undefined
  ofError(error: MeshError, attempt: ClientCall): RetryToken | undefined
}

/** `grpc-status` codes by their token. */
const grpcCodes: Readonly<Partial<Record<RetryToken, string>>> = {
  cancelled: '1',
  'deadline-exceeded': '4',
  'resource-exhausted': '8',
  internal: '13',
  unavailable: '14',
}

const connectCodes: ReadonlySet<MeshErrorCode> = new Set<MeshErrorCode>([
  'ERR_MESH_CONNECT',
  'ERR_MESH_CONNECT_TIMEOUT',
  'ERR_MESH_TLS',
  'ERR_MESH_PEER_IDENTITY',
])

/** Whether the callee declined the request unprocessed (HTTP/2 REFUSED_STREAM). */
export function isRefusedStream(error: MeshError): boolean {
  return error.detail?.includes('refused') === true
}

type StatusTable = readonly (RetryToken | undefined)[]

/** By the conditions: thousands of routes have the same, and need not have a table each. */
const statusTables = new LruMap<string, StatusTable>(64)

function statusTable(tokens: ReadonlySet<RetryCondition>): StatusTable {
  const key = [...tokens].join()
  const known = statusTables.get(key)
  if (known !== undefined) return known
  const table: (RetryToken | undefined)[] = []
  for (let status = 0; status < 600; status++) {
    const gateway = status >= 502 && status <= 504
    if (tokens.has(status)) table[status] = 'retriable-status-codes'
    else if (status >= 500 && tokens.has('5xx')) table[status] = '5xx'
    else if (gateway && tokens.has('gateway-error')) table[status] = 'gateway-error'
    else if (status === 409 && tokens.has('retriable-4xx')) table[status] = 'retriable-4xx'
    else table[status] = undefined
  }
  statusTables.set(key, table)
  return table
}

function grpcTable(tokens: ReadonlySet<RetryCondition>): ReadonlyMap<string, RetryToken> {
  const table = new Map<string, RetryToken>()
  for (const token of retryTokens) {
    const code = grpcCodes[token]
    if (code !== undefined && tokens.has(token)) table.set(code, token)
  }
  return table
}

/**
 * Compiles `retry_on` as Envoy means it: `5xx`, `gateway-error` and `reset` include every failure to get a reply; a
 * reply with `x-envoy-ratelimited` is retried by that token or by none. Only what the error table calls retryable is
 * retried, so neither are local rejections nor the call's own deadline.
 */
export function compileConditions(
  on: readonly RetryCondition[],
  headers: Readonly<Record<string, StringMatch>> = {},
): Conditions {
  const tokens: ReadonlySet<RetryCondition> = new Set(on)
  const byStatus = statusTable(tokens)
  const byGrpcStatus = grpcTable(tokens)
  const rateLimited = tokens.has('envoy-ratelimited')
  const byHeader: readonly [string, Matcher][] = tokens.has('retriable-headers')
    ? Object.entries(headers).map(([name, match]) => [name.toLowerCase(), compileMatch(match)])
    : []
  const anyFailure = (['5xx', 'gateway-error', 'reset'] as const).find((token) => tokens.has(token))

  return {
    ofReply(reply, attempt) {
      const token = byStatus[reply.status]
      if (reply.status >= 400 && (rateLimited || token !== undefined) && reply.headers.has('x-envoy-ratelimited'))
        return rateLimited ? 'envoy-ratelimited' : undefined
      if (token !== undefined) return token
      for (const [name, matches] of byHeader) if (matches(reply.headers.get(name))) return 'retriable-headers'
      if (byGrpcStatus.size === 0 || !isGrpc(attempt.headers)) return undefined
      return byGrpcStatus.get(reply.headers.get('grpc-status') ?? '')
    },
    ofError(error, attempt) {
      if (!error.retryable) return undefined
      if (tokens.has('connect-failure') && connectCodes.has(error.code)) return 'connect-failure'
      if (anyFailure !== undefined) return anyFailure
      if (tokens.has('attempt-timeout') && error.code === 'ERR_MESH_ATTEMPT_TIMEOUT') return 'attempt-timeout'
      if (tokens.has('refused-stream') && isRefusedStream(error)) return 'refused-stream'
      const unsent = !attempt.sent && error.code !== 'ERR_MESH_ATTEMPT_TIMEOUT'
      return unsent && tokens.has('reset-before-request') ? 'reset-before-request' : undefined
    },
  }
}
