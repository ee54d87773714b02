import { isPlainObject } from '../core/schema/index.js'

type Plain = Readonly<Record<string, unknown>>

/** Fields of data that may be functions: compared by identity, while what they stand in stays data. */
const functionFields: ReadonlySet<string> = new Set(['fallback'])

/** Data, as opposed to what has an identity: a resolver, a client, a function. */
function isPlain(value: unknown): value is Plain {
  if (!isPlainObject(value)) return false
  for (const key in value) if (typeof Reflect.get(value, key) === 'function' && !functionFields.has(key)) return false
  return true
}

function isOrigin(value: Plain): boolean {
  return typeof value.file === 'string' && typeof value.line === 'number' && Object.keys(value).length === 2
}

function samePlain(a: Plain, b: Plain, placed: boolean): boolean {
  if (!placed && isOrigin(a) && isOrigin(b)) return true
  let left = 0
  for (const key in a) {
    if (a[key] === undefined) continue
    if (!same(a[key], b[key], placed)) return false
    left++
  }
  for (const key in b) if (b[key] !== undefined) left--
  return left === 0
}

function same(a: unknown, b: unknown, placed: boolean): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object') return false
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false
    return a.every((item, i) => same(item, b[i], placed))
  }
  return isPlain(a) && isPlain(b) && samePlain(a, b, placed)
}

/** Whether two parts of a config are equal as data; an absent field is equal to an undefined one. */
export function sameConfig(a: unknown, b: unknown): boolean {
  return same(a, b, true)
}

/** Whether two parts of a config mean the same, wherever in a manifest they were written. */
export function sameMeaning(a: object, b: object): boolean {
  return same({ ...a, origins: undefined }, { ...b, origins: undefined }, false)
}

function copyFields(known: Plain, given: Plain): Plain {
  const copy: Record<string, unknown> = {}
  let same = true
  for (const key in given) {
    const before = Object.hasOwn(known, key) ? known[key] : undefined
    copy[key] = copyOf(before, given[key])
    if (copy[key] !== before) same = false
  }
  return same && Object.keys(known).length === Object.keys(copy).length ? known : copy
}

const nothing: Plain = {}
const none: readonly unknown[] = []

function copyOf(before: unknown, given: unknown): unknown {
  if (Array.isArray(given)) {
    const known = Array.isArray(before) ? before : none
    const copy = given.map((item, i) => copyOf(known[i], item))
    return known.length === copy.length && copy.every((item, i) => item === known[i]) ? known : copy
  }
  return isPlain(given) ? copyFields(isPlain(before) ? before : nothing, given) : given
}

/**
 * A copy of the data in a config, so that what its owner changes later, without an update, changes nothing here. Whatever
 * part of it is equal in `before` is the very object of before: who compares references sees what has changed.
 */
export function ownCopy<T>(given: T, before?: T): T {
  // The copy has the same shape, key by key.
  return copyOf(before, given) as T
}
