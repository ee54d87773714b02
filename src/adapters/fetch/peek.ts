import type { RequestBody } from '../../core/body.js'

/** Most bytes of a `Request`'s body that are read ahead. */
const maxPeek = 256 * 1024

async function* rest(
  chunks: readonly Uint8Array[],
  pending: Promise<{ done: boolean; value?: Uint8Array | undefined }>,
  reader: {
    read(): Promise<{ done: boolean; value?: Uint8Array | undefined }>
    cancel(reason?: unknown): Promise<void>
  },
): AsyncGenerator<Uint8Array, void, undefined> {
  let ended = false
  try {
    yield* chunks
    for (let next = await pending; ; next = await reader.read()) {
      if (next.done || next.value === undefined) break
      yield next.value
    }
    ended = true
  } finally {
    if (!ended) await reader.cancel()
  }
}

/**
 * The body of a built-in `Request`, which hides what it was made of: what is there within one turn of the event loop
 * was a string or bytes and can be sent again; what is not is sent on as it comes.
 */
export async function peekBody(stream: ReadableStream<Uint8Array>): Promise<RequestBody> {
  const reader = stream.getReader()
  const turn = new Promise<'later'>((resolve) => setImmediate(resolve, 'later'))
  const chunks: Uint8Array[] = []
  for (let size = 0; ; ) {
    const pending = reader.read()
    const next = size > maxPeek ? 'later' : await Promise.race([pending, turn])
    if (next === 'later') return { kind: 'stream', stream: rest(chunks, pending, reader), used: false }
    if (next.done) return { kind: 'bytes', bytes: chunks.length === 1 ? (chunks[0] ?? '') : Buffer.concat(chunks) }
    chunks.push(next.value)
    size += next.value.length
  }
}
