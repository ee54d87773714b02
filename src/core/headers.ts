import { MeshError } from './errors.js'

/** Header fields as a user writes them: a value or several a name, or pairs. */
export type HeaderInit =
  | Readonly<Record<string, string | readonly string[] | undefined>>
  | Iterable<readonly [string, string]>
  | HeaderMap

function sameName(stored: string, lower: string): boolean {
  return stored.length === lower.length && (stored === lower || stored.toLowerCase() === lower)
}

/** Whether a name as it came from the socket is this one; both are ASCII. */
function sameBytes(stored: Buffer, lower: string): boolean {
  if (stored.length !== lower.length) return false
  for (let i = 0; i < lower.length; i++) {
    const byte = stored[i] ?? 0
    if ((byte >= 65 && byte <= 90 ? byte + 32 : byte) !== lower.charCodeAt(i)) return false
  }
  return true
}

/** Most headers that a reply is asked for are not there: that needs no decoding. */
function hasBytes(bytes: readonly Buffer[], name: string): boolean {
  for (let i = 0; i < bytes.length; i += 2) {
    const stored = bytes[i]
    if (stored !== undefined && sameBytes(stored, name)) return true
  }
  return false
}

/**
 * Header fields in the flat shape that undici and Node speak (`[name, value, name, value]`): order, case and
 * repetitions survive, and nothing is parsed that nobody asks for. Names are looked up in lower case. Its methods are
 * `private`, not `#`, for which V8 adds a field to every instance.
 */
export class HeaderMap implements Iterable<[string, string]> {
  #list: string[]
  /** Bytes as they came from the socket, decoded on first use. */
  #bytes: readonly Buffer[] | undefined = undefined
  /** The list belongs to another map too; copied before the first change. */
  #shared = false

  constructor(list: string[] = []) {
    this.#list = list
  }

  /** Wraps the flat list of buffers that an HTTP parser hands out. */
  static fromBytes(bytes: readonly Buffer[]): HeaderMap {
    const map = new HeaderMap()
    map.#bytes = bytes
    return map
  }

  /** Wraps a flat list that belongs to somebody else: read in place, copied before the first change. */
  static over(list: string[]): HeaderMap {
    const map = new HeaderMap(list)
    map.#shared = true
    return map
  }

  /** From whatever a user may write; an undefined value leaves the header out. Throws `ERR_MESH_BAD_REQUEST`. */
  static from(init: HeaderInit | undefined): HeaderMap {
    if (init === undefined) return new HeaderMap()
    if (init instanceof HeaderMap) return init.fork()
    const list: string[] = []
    if (Symbol.iterator in init) for (const [name, value] of init) list.push(name, value)
    else
      for (const name of Object.keys(init)) {
        const value = init[name]
        if (typeof value === 'string') list.push(name, value)
        else if (Array.isArray(value)) for (const one of value) list.push(name, one)
        else if (value !== undefined)
          throw new MeshError(
            'ERR_MESH_BAD_REQUEST',
            `the header ${JSON.stringify(name)} is neither a string nor a list`,
          )
      }
    return new HeaderMap(list)
  }

  /** The flat list itself, for the wire. Read only. */
  get raw(): readonly string[] {
    const bytes = this.#bytes
    if (bytes !== undefined) {
      this.#bytes = undefined
      for (const part of bytes) this.#list.push(part.toString('latin1'))
    }
    return this.#list
  }

  private own(): string[] {
    const list = this.raw
    if (this.#shared) {
      this.#list = list.slice()
      this.#shared = false
    }
    return this.#list
  }

  /** The value, several joined by `, `; undefined when absent. `name` in lower case. */
  get(name: string): string | undefined {
    if (this.#bytes !== undefined && !hasBytes(this.#bytes, name)) return undefined
    const list = this.raw
    let found: string | undefined
    for (let i = 0; i < list.length; i += 2)
      if (sameName(list[i] ?? '', name)) found = found === undefined ? list[i + 1] : `${found}, ${list[i + 1]}`
    return found
  }

  /** Every value of a repeated header, in order. */
  getAll(name: string): string[] {
    const list = this.raw
    let values: string[] | undefined
    for (let i = 0; i < list.length; i += 2) {
      if (!sameName(list[i] ?? '', name)) continue
      // A first element pushed onto an empty list would make room for seventeen.
      if (values === undefined) values = [list[i + 1] ?? '']
      else values.push(list[i + 1] ?? '')
    }
    return values ?? []
  }

  /** Whether the header is there. `name` in lower case. */
  has(name: string): boolean {
    if (this.#bytes !== undefined) return hasBytes(this.#bytes, name)
    const list = this.raw
    for (let i = 0; i < list.length; i += 2) if (sameName(list[i] ?? '', name)) return true
    return false
  }

  /** Replaces all values of a header by one. */
  set(name: string, value: string): void {
    const lower = name.toLowerCase()
    if (this.#shared && !this.has(lower)) {
      this.#list = [...this.raw, name, value]
      this.#shared = false
      return
    }
    const list = this.own()
    for (let i = 0; i < list.length; i += 2)
      if (sameName(list[i] ?? '', lower)) {
        list[i + 1] = value
        this.remove(lower, i + 2)
        return
      }
    list.push(name, value)
  }

  /** Sets several headers at once: a flat list of names, in lower case, and values. */
  assign(pairs: readonly string[]): void {
    let fresh = true
    for (let i = 0; i < pairs.length; i += 2) fresh &&= !this.has(pairs[i] ?? '')
    if (!fresh) for (let i = 0; i < pairs.length; i += 2) this.set(pairs[i] ?? '', pairs[i + 1] ?? '')
    else {
      this.#list = this.raw.concat(pairs)
      this.#shared = false
    }
  }

  /** Adds a value beside those that are there; the name goes out as written. */
  append(name: string, value: string): void {
    this.own().push(name, value)
  }

  /** Removes all values of a header. `name` in any case. */
  delete(name: string): void {
    const lower = name.toLowerCase()
    if (this.has(lower)) this.remove(lower, 0)
  }

  private remove(lower: string, from: number): void {
    const list = this.own()
    let kept = from
    for (let i = from; i < list.length; i += 2) {
      const name = list[i] ?? ''
      if (sameName(name, lower)) continue
      list[kept] = name
      list[kept + 1] = list[i + 1] ?? ''
      kept += 2
    }
    list.length = kept
  }

  /** A copy that costs nothing until one of the two is changed. */
  fork(): HeaderMap {
    const copy = new HeaderMap(this.#list)
    copy.#bytes = this.#bytes
    if (this.#bytes !== undefined) return HeaderMap.fromBytes(this.#bytes)
    this.#shared = true
    copy.#shared = true
    return copy
  }

  /** Pairs in order, names as they were written. */
  *entries(): IterableIterator<[string, string]> {
    const list = this.raw
    for (let i = 0; i < list.length; i += 2) yield [list[i] ?? '', list[i + 1] ?? '']
  }

  /** Pairs in order, as `entries`. */
  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.entries()
  }
}
