import { tag } from './der-writer.js'

/** One DER element as it was read. */
export interface DerElement {
  readonly tag: number
  /** Content without tag and length. */
  readonly content: Buffer
  /** The element whole. */
  readonly bytes: Buffer
}

/** Bytes that are no DER, or DER of another shape than was asked for. */
export class DerError extends Error {
  override readonly name: string = 'DerError'
}

/** Reads the length at `at`: definite and in the fewest bytes, for two readings of one certificate are an attack. */
function readLength(bytes: Buffer, at: number): { length: number; next: number } {
  const first = bytes[at]
  if (first === undefined) throw new DerError('an element ends before its length')
  if (first < 0x80) return { length: first, next: at + 1 }
  const count = first & 0x7f
  if (count === 0 || count > 4) throw new DerError('a length is indefinite or too long')
  let length = 0
  for (let i = 1; i <= count; i++) length = length * 256 + (bytes[at + i] ?? 0)
  if (length < 0x80 || (count > 1 && length < 256 ** (count - 1))) throw new DerError('a length is not minimal')
  return { length, next: at + 1 + count }
}

function readAt(bytes: Buffer, at: number): DerElement {
  const first = bytes[at]
  if (first === undefined) throw new DerError('an element is missing')
  if ((first & 0x1f) === 0x1f) throw new DerError('a tag has several bytes')
  const { length, next } = readLength(bytes, at + 1)
  if (next + length > bytes.length) throw new DerError('an element is longer than what holds it')
  return { tag: first, content: bytes.subarray(next, next + length), bytes: bytes.subarray(at, next + length) }
}

/** The only element in `bytes`. Throws `DerError`. */
export function readElement(bytes: Uint8Array): DerElement {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const found = readAt(buffer, 0)
  if (found.bytes.length !== buffer.length) throw new DerError('bytes follow the element')
  return found
}

/** The elements inside a constructed element, which must carry `expected` where that is given. Throws `DerError`. */
export function children(parent: DerElement, expected?: number): DerElement[] {
  if (expected !== undefined && parent.tag !== expected) throw new DerError(`tag ${parent.tag} in place of ${expected}`)
  const found: DerElement[] = []
  for (let at = 0; at < parent.content.length; ) {
    const child = readAt(parent.content, at)
    found.push(child)
    at += child.bytes.length
  }
  return found
}

/** Content of an element that must carry `expected`. Throws `DerError`. */
export function contentOf(found: DerElement | undefined, expected: number): Buffer {
  if (found?.tag !== expected) throw new DerError(`tag ${found?.tag ?? 'none'} in place of ${expected}`)
  return found.content
}

/** Dotted form of an OBJECT IDENTIFIER. Throws `DerError`. */
export function readObjectIdentifier(found: DerElement | undefined): string {
  const content = contentOf(found, tag.oid)
  const arcs: number[] = []
  let arc = 0
  for (const byte of content) {
    arc = arc * 128 + (byte & 0x7f)
    if (arc > Number.MAX_SAFE_INTEGER / 128) throw new DerError('an object identifier is out of range')
    if (byte < 0x80) {
      arcs.push(arc)
      arc = 0
    }
  }
  const [head, ...rest] = arcs
  if (head === undefined || (content.at(-1) ?? 0) >= 0x80) throw new DerError('an object identifier is cut off')
  const first = Math.min(Math.floor(head / 40), 2)
  return [first, head - first * 40, ...rest].join('.')
}
