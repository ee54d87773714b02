import { pipeline, Readable, type Transform } from 'node:stream'
import { MeshError } from '../../core/errors.js'
import { messageOf } from '../../core/thrown.js'
import type { Decoder } from './codings.js'
import { badReply } from './failure.js'

/** How much a compressed reply may grow. */
export interface DecodeLimits {
  /** Bytes of a decoded body that is collected whole. */
  readonly maxBytes: number
  /** Decoded bytes for each received one, beyond the first MiB. */
  readonly maxRatio: number
}

/** Decoded bytes that are never held against the ratio. */
const freeBytes = 1024 * 1024
/** Bodies up to this size are decoded in one synchronous step, which is cheaper than a stream and still short. */
const maxSync = 16 * 1024
const nothing: Uint8Array = new Uint8Array(0)

function tooLarge(what: string): MeshError {
  return new MeshError('ERR_MESH_RESPONSE_TOO_LARGE', `the decoded reply body exceeds ${what}`)
}

function damaged(error: unknown): MeshError {
  const problem = badReply(`the reply body does not decode: ${messageOf(error)}`, 'content_encoding')
  problem.cause = error
  return problem
}

/** Whether a whole body is small enough for `decodeSync`. */
export function decodesSync(bytes: Uint8Array): boolean {
  return bytes.length <= maxSync
}

/** Decodes a small body that is all there. */
export function decodeSync(bytes: Uint8Array, decoders: readonly Decoder[], limits: DecodeLimits): Uint8Array {
  const limit = Math.min(limits.maxBytes, Math.max(freeBytes, bytes.length * limits.maxRatio))
  let decoded = bytes
  for (const decoder of decoders) {
    // An empty body is no stream of any coding, and none is meant.
    if (decoded.length === 0) return nothing
    try {
      decoded = decoder.sync(decoded, limit)
    } catch (error) {
      if (error instanceof RangeError)
        throw tooLarge(limit === limits.maxBytes ? `${limit} bytes` : `${limits.maxRatio} times its size`)
      throw damaged(error)
    }
  }
  return decoded
}

async function* prepend(
  first: Uint8Array,
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let ended = false
  try {
    yield first
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value
    ended = true
  } finally {
    if (!ended) await rest.return?.()
  }
}

/** What a decoder has really taken in: its input queue would flatter the ratio. */
interface Meter {
  stream: (Transform & { readonly bytesWritten?: number }) | undefined
}

async function* layer(
  source: AsyncIterable<Uint8Array>,
  decoder: Decoder,
  meter: Meter | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  const iterator = source[Symbol.asyncIterator]()
  const first = await iterator.next()
  if (first.done === true) return
  const stream = decoder.stream(first.value)
  if (meter !== undefined) meter.stream = stream
  let upstream: unknown
  const input = Readable.from(prepend(first.value, iterator), { objectMode: false })
  input.on('error', (error) => {
    upstream = error
  })
  pipeline(input, stream, () => {})
  try {
    yield* stream
  } catch (error) {
    throw upstream ?? (error instanceof MeshError ? error : damaged(error))
  }
}

/** Decodes a stream piece by piece, no faster than it is read, and stops where it grows beyond measure. */
export async function* decodeStream(
  source: AsyncIterable<Uint8Array>,
  decoders: readonly Decoder[],
  limits: DecodeLimits,
): AsyncGenerator<Uint8Array, void, undefined> {
  const meter: Meter = { stream: undefined }
  let layers = source
  for (const [i, decoder] of decoders.entries()) layers = layer(layers, decoder, i === 0 ? meter : undefined)
  let size = 0
  for await (const chunk of layers) {
    size += chunk.length
    const taken = meter.stream?.bytesWritten ?? 0
    if (size > freeBytes && size > Math.max(1, taken) * limits.maxRatio)
      throw tooLarge(`${limits.maxRatio} times its size`)
    yield chunk
  }
}

/** Collects a stream up to the limit. */
export async function collect(source: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of source) {
    size += chunk.length
    if (size > maxBytes) throw tooLarge(`${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return chunks.length === 1 ? (chunks[0] ?? nothing) : Buffer.concat(chunks)
}
