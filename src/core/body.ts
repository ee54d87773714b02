import { IncomingMessage } from 'node:http'
import { PassThrough, Readable } from 'node:stream'
import { MeshError } from './errors.js'
import { messageOf } from './thrown.js'

/** Pieces of a body that arrive over time. */
export type BodyStream = Readable | AsyncIterable<Uint8Array | string>

/** What a user may hand over as a request body. A function makes a fresh body for every attempt, hence replayable. */
export type BodyInit = string | Uint8Array | ArrayBuffer | BodyStream | (() => BodyStream) | null | undefined

/**
 * A request body by what may be done with it: `none`, `bytes` and `factory` can be sent again, a `stream` only
 * once. That is known before the first attempt and decides what may be retried.
 */
export type RequestBody =
  | {
      /** No body. */
      readonly kind: 'none'
    }
  | {
      /** All of it is in memory. */
      readonly kind: 'bytes'
      /** A string is sent as UTF-8. */
      readonly bytes: string | Uint8Array
    }
  | {
      /** A fresh stream for every attempt. */
      readonly kind: 'factory'
      /** Makes the stream of one attempt. */
      readonly create: () => BodyStream
      /** Set where it may become impossible to make another; one at a time then. */
      readonly gone?: (() => boolean) | undefined
    }
  | {
      /** One stream, for one attempt. */
      readonly kind: 'stream'
      /** What is read once. */
      readonly stream: BodyStream
      /** Set once it was sent. */
      used: boolean
    }

/** The body of a call that has none. */
export const noBody: RequestBody = { kind: 'none' }

function isStream(value: unknown): value is BodyStream {
  return value instanceof Readable || (typeof value === 'object' && value !== null && Symbol.asyncIterator in value)
}

/** A body that the caller could not bring to its end: said of the caller, never of the endpoint. */
export function bodyFailure(cause: unknown): MeshError {
  if (cause instanceof MeshError) return cause
  return new MeshError('ERR_MESH_ABORTED', `the request body broke off: ${messageOf(cause)}`, { cause })
}

/** Sorts a user's body into its kind. Throws `ERR_MESH_BAD_REQUEST` for what can be no body. */
export function requestBody(init: unknown): RequestBody {
  if (init === undefined || init === null) return noBody
  if (typeof init === 'string') return { kind: 'bytes', bytes: init }
  if (init instanceof Uint8Array) return { kind: 'bytes', bytes: init }
  if (init instanceof ArrayBuffer) return { kind: 'bytes', bytes: new Uint8Array(init) }
  if (isStream(init)) return { kind: 'stream', stream: init, used: false }
  if (typeof init === 'function')
    return {
      kind: 'factory',
      create: () => {
        let made: unknown
        try {
          made = init()
        } catch (error) {
          throw bodyFailure(error)
        }
        if (isStream(made)) return made
        throw new MeshError('ERR_MESH_BAD_REQUEST', 'a body function must return a Readable or an async iterable')
      },
    }
  throw new MeshError(
    'ERR_MESH_BAD_REQUEST',
    'a body is a string, bytes, a Readable, an async iterable, or a function that makes one; serialise objects first',
  )
}

/** Whether the body can be sent any number of times, also at once. */
export function isReplayable(body: RequestBody): boolean {
  return body.kind !== 'stream' && !(body.kind === 'factory' && body.gone !== undefined)
}

function readable(stream: BodyStream): Readable {
  return stream instanceof Readable ? stream : Readable.from(stream, { objectMode: false })
}

/**
 * A request that is forwarded shares its connection with its answer and with the next request: undici would stop that
 * connection along with the body. What is not wanted of it is read and thrown away, as Node does.
 */
function apart(request: IncomingMessage): Readable {
  if (request.errored !== null) return request
  const body = new PassThrough()
  request.on('error', (error) => body.destroy(error))
  body.once('close', () => {
    request.unpipe(body)
    request.resume()
  })
  return request.pipe(body)
}

/** What goes to the wire for one attempt. Throws `ERR_MESH_BODY_USED` when a one-shot body was sent before. */
export function wireBody(body: RequestBody): string | Uint8Array | Readable | null {
  switch (body.kind) {
    case 'none':
      return null
    case 'bytes':
      return body.bytes
    case 'factory':
      return readable(body.create())
    case 'stream':
      if (body.used) throw new MeshError('ERR_MESH_BODY_USED', 'a streamed body can be sent only once')
      body.used = true
      return body.stream instanceof IncomingMessage ? apart(body.stream) : readable(body.stream)
  }
}

async function giveUp(stream: AsyncIterable<unknown>): Promise<void> {
  try {
    await stream[Symbol.asyncIterator]().return?.()
  } catch {
    // What it says of its end concerns nobody any more.
  }
}

/** A one-shot body that nobody will send: its file is closed, its source hears of it. A request that is forwarded is read to its end. */
export function putAway(body: RequestBody): void {
  if (body.kind !== 'stream' || body.used) return
  body.used = true
  const { stream } = body
  if (stream instanceof IncomingMessage) stream.resume()
  else if (stream instanceof Readable) stream.destroy()
  else void giveUp(stream)
}
