import { type ErrorCodeInfo, type ErrorOrigin, errorCodes, type MeshErrorCode } from './error-codes.js'

const brand: symbol = Symbol.for('sidecarless.MeshError')

/** What a `MeshError` may carry beside its code. */
export interface MeshErrorDetails {
  cause?: unknown
  service?: string | undefined
  /** `host:port` of the endpoint that failed. */
  endpoint?: string | undefined
  /** Attempts made, the failed one included. */
  attempts?: number | undefined
  /** How long the caller should wait, in ms. */
  retryAfterMs?: number | undefined
  /** Which clock ran out: `queue`, `connect`, `headers`, `body`, `backoff`. */
  phase?: string | undefined
  /** Machine-readable reason, in Envoy's spelling where Envoy has one (`no_healthy_upstream`). */
  detail?: string | undefined
  /** Body that a dialect demands in place of problem+json. */
  body?: string | undefined
  /** Headers for the answer at a server edge (`www-authenticate`, `ratelimit`). */
  headers?: Readonly<Record<string, string>> | undefined
  status?: number | undefined
  flag?: string | undefined
  origin?: ErrorOrigin | undefined
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
  override readonly name: string = 'MeshError'
  readonly code: MeshErrorCode
  /** HTTP status when the error becomes an answer. */
  readonly status: number
  /** Envoy response flag, `-` if none. */
  readonly flag: string
  readonly origin: ErrorOrigin
  readonly retryable: boolean
  service: string | undefined
  endpoint: string | undefined
  attempts: number
  readonly retryAfterMs: number | undefined
  readonly phase: string | undefined
  readonly detail: string | undefined
  readonly body: string | undefined
  readonly headers: Readonly<Record<string, string>> | undefined

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

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && brand in value
  }
}

/** Narrows an unknown error to a `MeshError`. */
export function isMeshError(value: unknown): value is MeshError {
  return value instanceof MeshError
}
