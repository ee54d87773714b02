import type { Socket } from 'node:net'

interface Chunk {
  readonly chunk: string | Buffer
  readonly encoding: BufferEncoding
}

type Done = (error?: Error | null) => void

/** What Node writes of a string without a copy on the heap, bytes. */
const mostBytes = 16 * 1024

/** Chunks as one string with its encoding; undefined if they are more than a string, or too much for one. */
function joined(chunks: readonly Chunk[]): Chunk | undefined {
  let head: Chunk | undefined
  let size = 0
  for (const part of chunks) {
    const { chunk } = part
    if (chunk.length === 0) continue
    size += chunk.length
    if (head === undefined) head = part
    // A head in Latin-1 and bytes are Latin-1 together.
    else if (
      typeof head.chunk === 'string' &&
      head.encoding === 'latin1' &&
      typeof chunk === 'object' &&
      size <= mostBytes
    )
      head = { chunk: head.chunk + chunk.toString('latin1'), encoding: 'latin1' }
    else return undefined
  }
  return head
}

/**
 * Has small replies leave a connection as one string. Node corks a connection for a reply and adds an empty chunk at its
 * end; for more than one chunk it allocates memory that it fills and frees with every write.
 */
export function writeInOne(socket: Socket): void {
  const { _writev: writeAll } = socket
  if (writeAll === undefined) return
  Object.assign(socket, {
    _writev(chunks: readonly Chunk[], done: Done): void {
      const one = joined(chunks)
      if (one === undefined) Reflect.apply(writeAll, socket, [chunks, done])
      else socket._write(one.chunk, one.encoding, done)
    },
  })
}
