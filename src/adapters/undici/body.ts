import { Readable } from 'node:stream'
import { FormData as UndiciFormData, Response as UndiciResponse } from 'undici'
import { noBody, type RequestBody } from '../../core/body.js'
import { MeshError } from '../../core/errors.js'

/** A request body, and the headers that follow from it unless the caller set them. */
export interface DispatchBody {
  readonly body: RequestBody
  readonly type?: string | undefined
  readonly length?: number | undefined
}

const nothing: DispatchBody = { body: noBody }

function once(stream: Readable | AsyncIterable<Uint8Array>, type?: string | undefined): DispatchBody {
  return { body: { kind: 'stream', stream, used: false }, type }
}

/** A form of either class, serialised by its own kind. */
function formBody(response: { body: unknown; headers: { get(name: string): string | null } }): DispatchBody {
  const { body } = response
  if (typeof body !== 'object' || body === null || !isAsyncIterable(body)) return nothing
  return once(body, response.headers.get('content-type') ?? undefined)
}

function isAsyncIterable(value: object): value is AsyncIterable<Uint8Array> {
  return Symbol.asyncIterator in value
}

function isIterable(value: object): value is Iterable<Uint8Array> {
  return Symbol.iterator in value
}

/** Sorts every form of body that undici takes. Bytes, strings and blobs can be sent again. */
export function dispatchBody(body: unknown): DispatchBody {
  if (body === undefined || body === null) return nothing
  if (typeof body === 'string') return { body: { kind: 'bytes', bytes: body } }
  if (body instanceof Readable) return once(body)
  if (body instanceof Uint8Array) return { body: { kind: 'bytes', bytes: body } }
  if (body instanceof ArrayBuffer) return { body: { kind: 'bytes', bytes: new Uint8Array(body) } }
  if (ArrayBuffer.isView(body))
    return { body: { kind: 'bytes', bytes: new Uint8Array(body.buffer, body.byteOffset, body.byteLength) } }
  if (typeof body === 'object') {
    if (body instanceof UndiciFormData) return formBody(new UndiciResponse(body))
    if (body instanceof FormData) return formBody(new Response(body))
    if (body instanceof Blob) {
      return { body: { kind: 'factory', create: () => body.stream() }, type: body.type || undefined, length: body.size }
    }
    if (isAsyncIterable(body)) return once(body)
    if (isIterable(body)) return once(Readable.from(body, { objectMode: false }))
  }
  throw new MeshError(
    'ERR_MESH_BAD_REQUEST',
    'body must be a string, bytes, a Blob, a FormData, a Readable stream, an iterable, or an async iterable',
  )
}
