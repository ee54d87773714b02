import type { MeshErrorCode } from '../core/error-codes.js'
import { MeshError } from '../core/errors.js'

/** Why a call gets no further than the mesh. */
export interface ExplainedRefusal {
  /** Of the error. */
  readonly code: MeshErrorCode
  /** HTTP status, at a server edge. */
  readonly status: number
  /** Envoy response flag. */
  readonly flag: string
  /** A sentence. */
  readonly reason: string
}

/** A refusal as the call would meet it. */
export function refusal(code: MeshErrorCode, reason: string): ExplainedRefusal {
  const { status, flag } = new MeshError(code, reason)
  return { code, status, flag, reason }
}
