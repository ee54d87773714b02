import type { Place } from './diagnostics.js'

/** A value of a manifest that knows where it stands. */
export type ManifestValue = ManifestMap | ManifestList | ManifestScalar

/** A mapping; keys keep their own places. */
export interface ManifestMap {
  readonly kind: 'map'
  readonly at: Place
  readonly entries: ReadonlyMap<string, ManifestEntry>
}

/** One field of a mapping. */
export interface ManifestEntry {
  /** Place of the key. */
  readonly at: Place
  readonly value: ManifestValue
}

/** A sequence. */
export interface ManifestList {
  readonly kind: 'list'
  readonly at: Place
  readonly items: readonly ManifestValue[]
}

/** A leaf. Numbers are finite. */
export interface ManifestScalar {
  readonly kind: 'scalar'
  readonly at: Place
  readonly value: string | number | boolean | null
}

/** What a value is, in words for messages; never the value itself. */
export function describeKind(value: ManifestValue): string {
  if (value.kind === 'map') return 'a mapping'
  if (value.kind === 'list') return 'a list'
  return value.value === null ? 'nothing' : `a ${typeof value.value}`
}

/** The path of a field below another. */
export function childPath(path: string, key: string): string {
  if (!/^[A-Za-z_][\w-]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`
  return path === '' ? key : `${path}.${key}`
}
