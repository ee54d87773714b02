import { type ErrorCodeInfo, type ErrorOrigin, errorCodes, type MeshErrorCode } from './error-codes.js'

const brand: symbol = Symbol.for('sidecarless.MeshError')

/** What a `MeshError` may carry beside its code. */
export interface MeshErrorDetails {
  /** The error behind this one. */
  cause?: unknown
  /** Logical name of the callee. */
  service?: string | undefined
  /** `host:port` of the endpoint that failed. */
  endpoint?: string | undefined
  /** Attempts made, the failed one included. */
  attempts?: number | undefined
  /** How long the caller should wait, in ms. */
  retryAfterMs?: number | undefined
  /** What was being waited for: a `Phase`, or the `handshake` of TLS. Interceptors of users may have words of their own. */
  phase?: string | undefined
  /** Machine-readable reason, in Envoy's spelling where Envoy has one (`no_healthy_upstream`). */
  detail?: string | undefined
  /** Body that a dialect demands in place of problem+json. */
  body?: string | undefined
  /** Headers for the answer at a server edge (`www-authenticate`, `ratelimit`). */
  headers?: Readonly<Record<string, string>> | undefined
  /** HTTP status when the error becomes an answer. Default: the code's. */
  status?: number | undefined
  /** Envoy response flag. Default: the code's. */
  flag?: string | undefined
  /** Who refused or failed. Default: the code's. */
  origin?: ErrorOrigin | undefined
  /** Whether trying again elsewhere could help. Default: the code's. */
  retryable?: boolean | undefined
}

/**
 * The one error family. Test `code`, which is stable, rather than the message or `instanceof`
 * (which also holds across duplicate copies of the package).
 *
 * @example
 * try { await mesh.request({ service: 'reviews', path: '/' }) } catch (error) {
 *   if (error instanceof MeshError && error.code === 'ERR_MESH_CIRCUIT_OPEN') useCache()
 * }
 */
export class MeshError extends Error {
  /** `MeshError`; `ConfigError` for an invalid config. */
  override readonly name: string = 'MeshError'
  /** Stable: what to test for. */
  readonly code: MeshErrorCode
  /** HTTP status when the error becomes an answer. */
  readonly status: number
  /** Envoy response flag, `-` if none. */
  readonly flag: string
  /** Who refused or failed: this process, or the peer it called. */
  readonly origin: ErrorOrigin
  /** Whether trying again elsewhere could help; a retry policy still decides. */
  readonly retryable: boolean
  /** Logical name of the callee, if the error belongs to a call. */
  service: string | undefined
  /** `host:port` of the endpoint that failed. */
  endpoint: string | undefined
  /** Attempts made, the failed one included; 0 when none was. */
  attempts: number
  /** How long the caller should wait, ms. */
  readonly retryAfterMs: number | undefined
  /** What was being waited for: a `Phase`, or the `handshake` of TLS. Interceptors of users may have words of their own. */
  readonly phase: string | undefined
  /** Machine-readable reason, in Envoy's spelling where Envoy has one (`no_healthy_upstream`). */
  readonly detail: string | undefined
  /** Body that a dialect demands in place of problem+json. */
  body: string | undefined
  /** Headers for the answer at a server edge (`www-authenticate`, `ratelimit`); a route may add its own. */
  headers: Readonly<Record<string, string>> | undefined

  constructor(code: MeshErrorCode, message: string, details: MeshErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    const row: ErrorCodeInfo = errorCodes[code]
    this.code = code
    this.status = details.status ?? row.status
    this.flag = details.flag ?? row.flag
    this.origin = details.origin ?? row.origin
    this.retryable = details.retryable ?? row.retryable
    this.service = details.service
    this.endpoint = details.endpoint
    this.attempts = details.attempts ?? 0
    this.retryAfterMs = details.retryAfterMs
    this.phase = details.phase
    this.detail = details.detail
    this.body = details.body
    this.headers = details.headers
    Object.defineProperty(this, brand, { value: true })
  }

  /** Holds across duplicate copies of the package. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && brand in value
  }
}

/** Narrows an unknown error to a `MeshError`. */
export function isMeshError(value: unknown): value is MeshError {
  return value instanceof MeshError
}
