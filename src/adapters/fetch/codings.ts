import { Transform } from 'node:stream'
import * as zlib from 'node:zlib'
import { badReply } from './failure.js'

/** Most codings a reply may be wrapped in: each doubles what a few bytes can cost. */
const maxCodings = 5

/** Turns one layer of content coding back. */
export interface Decoder {
  /** For a whole body. Throws a `RangeError` when the result exceeds `limit` bytes. */
  sync(bytes: Uint8Array, limit: number): Uint8Array
  /** For a stream; `first` is its first chunk. */
  stream(first: Uint8Array): Transform & { readonly bytesWritten?: number }
}

// Flushing as we go is what curl and the built-in fetch do: servers often leave the last bytes out.
const flush: zlib.ZlibOptions = { flush: zlib.constants.Z_SYNC_FLUSH, finishFlush: zlib.constants.Z_SYNC_FLUSH }
const brotliFlush: zlib.BrotliOptions = {
  flush: zlib.constants.BROTLI_OPERATION_FLUSH,
  finishFlush: zlib.constants.BROTLI_OPERATION_FLUSH,
}

const gzip: Decoder = {
  sync: (bytes, maxOutputLength) => zlib.gunzipSync(bytes, { ...flush, maxOutputLength }),
  stream: () => zlib.createGunzip(flush),
}

/** "deflate" comes with a zlib header, as the standard says, or without, as some servers do. */
const hasZlibHeader = (bytes: Uint8Array): boolean => ((bytes[0] ?? 0) & 15) === 8
const deflate: Decoder = {
  sync: (bytes, maxOutputLength) =>
    (hasZlibHeader(bytes) ? zlib.inflateSync : zlib.inflateRawSync)(bytes, { ...flush, maxOutputLength }),
  stream: (first) => (hasZlibHeader(first) ? zlib.createInflate(flush) : zlib.createInflateRaw(flush)),
}

const brotli: Decoder = {
  sync: (bytes, maxOutputLength) => zlib.brotliDecompressSync(bytes, { ...brotliFlush, maxOutputLength }),
  stream: () => zlib.createBrotliDecompress(brotliFlush),
}

/** zstd where this Node has it; the types are those of the oldest Node. */
function zstdDecoder(): Decoder | undefined {
  const { zstdDecompressSync: sync, createZstdDecompress: create }: Record<string, unknown> = { ...zlib }
  if (typeof sync !== 'function' || typeof create !== 'function') return undefined
  return {
    sync: (bytes, maxOutputLength) => {
      const decoded: unknown = sync(bytes, { maxOutputLength })
      if (decoded instanceof Uint8Array) return decoded
      throw new TypeError('zstdDecompressSync made no bytes')
    },
    stream: () => {
      const stream: unknown = create()
      if (stream instanceof Transform) return stream
      throw new TypeError('createZstdDecompress made no stream')
    },
  }
}

const zstd = zstdDecoder()
const known: ReadonlyMap<string, Decoder> = new Map([
  ['gzip', gzip],
  ['x-gzip', gzip],
  ['deflate', deflate],
  ['br', brotli],
  ...(zstd === undefined ? [] : ([['zstd', zstd]] as const)),
])

/**
 * Decoders for a Content-Encoding, in the order in which they are applied; none when a coding is unknown, for then the
 * caller gets the bytes as they are. Throws for a chain of more than five.
 */
export function decodersFor(encoding: string | undefined): readonly Decoder[] {
  if (encoding === undefined || encoding === '') return []
  const codings = encoding.toLowerCase().split(',', maxCodings + 1)
  if (codings.length > maxCodings)
    throw badReply(`the reply has more than ${maxCodings} content codings`, 'content_encoding')
  const decoders: Decoder[] = []
  for (const coding of codings.reverse()) {
    const decoder = known.get(coding.trim())
    if (decoder === undefined) return []
    decoders.push(decoder)
  }
  return decoders
}
