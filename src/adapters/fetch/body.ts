import { Readable } from 'node:stream'
import { type BodyStream, noBody, type RequestBody } from '../../core/body.js'
import { multipart } from './multipart.js'
import { Upload } from './upload.js'

/** A request body with what WHATWG derives from it. */
export interface ExtractedBody {
  readonly body: RequestBody
  /** Content-Type, unless the caller names another. */
  readonly type: string | undefined
  /** Where the transport cannot know it. */
  readonly length: number | undefined
}

const nothing: ExtractedBody = { body: noBody, type: undefined, length: undefined }

function bytes(value: string | Uint8Array, type: string | undefined): ExtractedBody {
  return { body: { kind: 'bytes', bytes: value }, type, length: undefined }
}

function blobBody(blob: Blob, type: string): ExtractedBody {
  return {
    body: { kind: 'factory', create: () => blob.stream() },
    type: type === '' ? undefined : type,
    length: blob.size,
  }
}

function isAsyncIterable(value: object): value is BodyStream {
  return Symbol.asyncIterator in value
}

function isTaken(stream: BodyStream): boolean {
  if (stream instanceof ReadableStream && stream.locked) return true
  // Types know only Node's streams; the function itself answers for web streams too.
  return Readable.isDisturbed(stream as Readable)
}

/**
 * Sorts a `RequestInit.body` as the built-in fetch does: strings, bytes, `Blob` and `FormData` can be sent again, a
 * stream only once and only with `duplex: 'half'`.
 */
export function extractBody(init: unknown, duplex: string | undefined): ExtractedBody {
  if (init === undefined || init === null) return nothing
  if (typeof init === 'string') return bytes(init, 'text/plain;charset=UTF-8')
  if (typeof init !== 'object') return bytes(`${init}`, 'text/plain;charset=UTF-8')
  if (init instanceof Uint8Array) return bytes(new Uint8Array(init), undefined)
  if (init instanceof ArrayBuffer) return bytes(new Uint8Array(init.slice(0)), undefined)
  if (ArrayBuffer.isView(init))
    return bytes(new Uint8Array(new Uint8Array(init.buffer, init.byteOffset, init.byteLength)), undefined)
  if (init instanceof URLSearchParams) return bytes(init.toString(), 'application/x-www-form-urlencoded;charset=UTF-8')
  if (init instanceof FormData) {
    const { blob, type } = multipart(init)
    return blobBody(blob, type)
  }
  if (init instanceof Blob) return blobBody(init, init.type)
  if (!isAsyncIterable(init)) return bytes(String(init), 'text/plain;charset=UTF-8')
  if (isTaken(init)) throw new TypeError('Response body object should not be disturbed or locked')
  if (duplex === undefined) throw new TypeError('RequestInit: duplex option is required when sending a body.')
  const stream = init instanceof ReadableStream ? new Upload(init.getReader()) : init
  return { body: { kind: 'stream', stream, used: false }, type: undefined, length: undefined }
}
