import type { RequestBody } from '../../core/body.js'
import { Upload } from './upload.js'

/** Most bytes of a `Request`'s body that are read ahead. */
const maxPeek = 256 * 1024

/**
 * The body of a built-in `Request`, which hides what it was made of: what is there within one turn of the event loop
 * was a string or bytes and can be sent again; what is not is sent on as it comes.
 */
export async function peekBody(stream: ReadableStream<Uint8Array>): Promise<RequestBody> {
  const reader = stream.getReader()
  const turn = new Promise<'later'>((resolve) => setImmediate(resolve, 'later'))
  const chunks: Uint8Array[] = []
  for (let size = 0; size <= maxPeek; ) {
    const pending = reader.read()
    const next = await Promise.race([pending, turn])
    if (next === 'later') return { kind: 'stream', stream: new Upload(reader, chunks, pending), used: false }
    if (next.done) return { kind: 'bytes', bytes: chunks.length === 1 ? (chunks[0] ?? '') : Buffer.concat(chunks) }
    chunks.push(next.value)
    size += next.value.length
  }
  // No read is begun that nobody waits for yet: one that failed would end the process.
  return { kind: 'stream', stream: new Upload(reader, chunks), used: false }
}
