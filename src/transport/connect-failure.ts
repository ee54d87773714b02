import type { MeshErrorCode } from '../core/error-codes.js'

/** Descriptors, ports, memory. */
const exhaustion: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'ENOBUFS', 'ENOMEM'])

/** A connection that did not come about, before any byte of a request was written. */
export class ConnectFailure extends Error {
  readonly meshCode: MeshErrorCode
  readonly detail: string
  /** How far it had come when it failed: a peer that has begun a handshake has worked for it. */
  readonly phase: 'connect' | 'handshake'
  /** This process or machine has run out of what a connection needs, which no endpoint can help. */
  readonly exhausted: boolean

  constructor(
    meshCode: MeshErrorCode,
    message: string,
    detail: string,
    phase: 'connect' | 'handshake',
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause })
    this.phase = phase
    this.meshCode = meshCode
    this.detail = detail
    const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined
    this.exhausted = typeof code === 'string' && exhaustion.has(code)
  }
}
