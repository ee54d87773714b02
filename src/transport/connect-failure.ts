import type { MeshErrorCode } from '../core/error-codes.js'

/** A connection that did not come about, before any byte of a request was written. */
export class ConnectFailure extends Error {
  readonly meshCode: MeshErrorCode
  readonly detail: string

  constructor(meshCode: MeshErrorCode, message: string, detail: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.meshCode = meshCode
    this.detail = detail
  }
}
