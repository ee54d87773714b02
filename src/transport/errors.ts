import { bodyFailure } from '../core/body.js'
import type { ClientCall } from '../core/call.js'
import type { MeshErrorCode } from '../core/error-codes.js'
import { MeshError, type MeshErrorDetails } from '../core/errors.js'
import { messageOf } from '../core/thrown.js'
import { ConnectFailure } from './connect-failure.js'

const reset = (reason: string): string => `upstream_reset_before_response_started{${reason}}`
const envoyBody = (reason: string): string =>
  `upstream connect error or disconnect/reset before headers. reset reason: ${reason}`

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : ''
}

interface Meaning {
  readonly code: MeshErrorCode
  readonly text: string
  readonly details?: MeshErrorDetails
}

/**
 * How far an exchange has come; `sent over kept`: on a connection that had carried replies before, and no more;
 * `answered`: the reply headers have arrived.
 */
export type Progress = 'unsent' | 'sent over kept' | 'sent' | 'answered'

/** What undici says, in no code, of replies that nobody asked for: an upgrade, a 100. */
const misbehaved: ReadonlySet<string> = new Set(['bad upgrade', 'bad response'])

function connectFailure(error: ConnectFailure): Meaning {
  return {
    code: error.meshCode,
    text: error.message,
    details: {
      detail: reset(error.detail),
      body: envoyBody(error.detail),
      cause: error.cause,
      phase: error.phase,
      ...(error.exhausted ? { origin: 'local', retryable: false } : {}),
    },
  }
}

/** What clears a peer whose connection ended for a reason of our own, of which it knows nothing. */
function excuse(error: unknown): Pick<MeshErrorDetails, 'origin' | 'detail'> {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof MeshError && cause.origin === 'local' ? { origin: 'local', detail: cause.detail } : {}
}

function meaningOf(error: unknown, progress: Progress, lengths: readonly string[]): Meaning {
  if (error instanceof ConnectFailure) return connectFailure(error)
  const code = codeOf(error)
  switch (code) {
    case 'UND_ERR_INVALID_ARG':
    case 'UND_ERR_NOT_SUPPORTED':
    case 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH':
      return { code: 'ERR_MESH_BAD_REQUEST', text: `the request cannot be sent: ${messageOf(error)}` }
    case 'UND_ERR_ABORTED':
      return { code: 'ERR_MESH_ABORTED', text: 'the request body ended before its end' }
    case 'UND_ERR_HEADERS_TIMEOUT':
      return { code: 'ERR_MESH_TIMEOUT', text: 'the upstream went silent', details: { phase: 'headers' } }
    case 'UND_ERR_BODY_TIMEOUT':
      return { code: 'ERR_MESH_TIMEOUT', text: 'the upstream went silent', details: { phase: 'body' } }
    case 'UND_ERR_HEADERS_OVERFLOW':
      return { code: 'ERR_MESH_PROTOCOL', text: 'the reply headers are too large', details: { detail: 'headers' } }
    case 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH':
      return progress !== 'answered' || lengths.length > 1 || lengths[0]?.includes(',') === true
        ? { code: 'ERR_MESH_PROTOCOL', text: 'the reply declares more than one length' }
        : { code: 'ERR_MESH_TRUNCATED', text: 'the reply body is shorter than it was declared' }
    case 'UND_ERR_DESTROYED':
    case 'UND_ERR_CLOSED':
      return { code: 'ERR_MESH_CLOSED', text: 'the connections were broken off' }
  }
  const parser = error instanceof Error && (error.name === 'HTTPParserError' || misbehaved.has(error.message))
  if (parser && progress === 'answered' && /EOF/i.test(`${code} ${error.message}`))
    return { code: 'ERR_MESH_TRUNCATED', text: 'the reply body was cut off' }
  if (parser || code === 'ERR_ASSERTION')
    return {
      code: 'ERR_MESH_PROTOCOL',
      text: `the upstream does not speak HTTP/1.1: ${messageOf(error)}`,
      details: { detail: reset('protocol error'), body: envoyBody('protocol error') },
    }
  if (code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_'))
    return {
      code: 'ERR_MESH_TLS',
      text: `the peer broke TLS off, which usually means that it refused our certificate: ${messageOf(error)}`,
    }
  const excused = excuse(error)
  if (progress === 'answered')
    return { code: 'ERR_MESH_TRUNCATED', text: `the reply body was cut off: ${messageOf(error)}`, details: excused }
  const details = { detail: reset('connection termination'), body: envoyBody('connection termination'), ...excused }
  if (progress === 'sent over kept')
    return {
      code: 'ERR_MESH_RESET_BEFORE_RESPONSE',
      text: `the kept connection ended as it was used again: ${messageOf(error)}`,
      details: { ...details, origin: 'local' },
    }
  return {
    code: 'ERR_MESH_RESET_BEFORE_RESPONSE',
    text: `the connection was lost before a reply: ${messageOf(error)}`,
    details,
  }
}

/** What the caller's own stream failed with, or what undici found wrong with it. */
export function uploadError(error: unknown, call: ClientCall): MeshError {
  return codeOf(error) === 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH' ? toMeshError(error, call, 'sent') : bodyFailure(error)
}

/** What undici lets pass, and HTTP does not. */
export function protocolError(text: string, call: ClientCall): MeshError {
  return meshErrorOf({ code: 'ERR_MESH_PROTOCOL', text }, call)
}

/**
 * The one funnel for foreign errors: whatever undici, TLS or a socket threw becomes a `MeshError` of this call. `lengths`
 * are those that the reply declared.
 */
export function toMeshError(
  error: unknown,
  call: ClientCall,
  progress: Progress,
  lengths: readonly string[] = [],
): MeshError {
  if (error instanceof MeshError) return error
  return meshErrorOf({ ...meaningOf(error, progress, lengths), cause: error }, call)
}

function meshErrorOf({ code, text, details, cause }: Meaning & { cause?: unknown }, call: ClientCall): MeshError {
  const at = call.endpoint?.id
  const name = call.callee
  return new MeshError(code, `${name}: ${text}${at === undefined ? '' : ` (${at})`}`, {
    cause,
    ...details,
    service: call.service,
    endpoint: at,
    attempts: call.attempt + 1,
  })
}
