import { MeshError } from '../../core/errors.js'

/** A request's headers, its Host apart: that is the authority of the call. */
export interface DispatchHeaders {
  readonly list: string[]
  readonly host: string | undefined
}

function bad(name: string): MeshError {
  return new MeshError('ERR_MESH_BAD_REQUEST', `the header ${name} has no usable value`)
}

function text(name: string, value: unknown): string {
  if (typeof value === 'string') return value
  if (value === null) return ''
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1')
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  throw bad(name)
}

function* pairs(headers: object): Generator<readonly [string, unknown]> {
  if (Array.isArray(headers) && !headers.every(Array.isArray)) {
    if (headers.length % 2 !== 0) throw new MeshError('ERR_MESH_BAD_REQUEST', 'a flat header list has names and values')
    for (let i = 0; i < headers.length; i += 2) yield [text('list', headers[i]), headers[i + 1]]
  } else if (isIterable(headers)) {
    for (const pair of headers) {
      if (!Array.isArray(pair) || pair.length !== 2)
        throw new MeshError('ERR_MESH_BAD_REQUEST', 'iterable headers come in pairs')
      yield [text('list', pair[0]), pair[1]]
    }
  } else yield* Object.entries(headers)
}

function isIterable(value: object): value is Iterable<unknown> {
  return Symbol.iterator in value
}

/** Flattens every form of headers that undici takes: flat list, pairs, object; values repeated, coerced or left out. */
export function dispatchHeaders(headers: unknown): DispatchHeaders {
  const list: string[] = []
  let host: string | undefined
  if (headers === undefined || headers === null) return { list, host }
  if (typeof headers !== 'object') throw new MeshError('ERR_MESH_BAD_REQUEST', 'headers are an object or an array')
  for (const [name, value] of pairs(headers)) {
    if (value === undefined) continue
    if (name.toLowerCase() === 'host') host = text(name, value)
    else if (Array.isArray(value)) for (const one of value) list.push(name, text(name, one))
    else list.push(name, text(name, value))
  }
  return { list, host }
}
