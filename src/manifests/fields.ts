import { compileRegex } from '../core/regex.js'
import { suggest } from '../core/schema/index.js'
import type { DiagnosticCode, Place, Reporter, Severity } from './diagnostics.js'
import {
  childPath,
  describeKind,
  type ManifestList,
  type ManifestMap,
  type ManifestScalar,
  type ManifestValue,
} from './document.js'
import { parseGoDuration } from './go-duration.js'

/** A field that its API knows and we do not honour, and what to say of it. */
export interface Unsupported {
  readonly severity: Severity
  /** A sentence. */
  readonly message: string
}

/** The fields of one mapping: what is read, and what is reported instead. Anything else is unknown. */
export interface Vocabulary {
  readonly known: readonly string[]
  readonly unsupported?: Readonly<Record<string, Unsupported>>
}

/** A range, both ends included. */
export interface Range {
  readonly min?: number
  readonly max?: number
}

/**
 * Reads the fields of a mapping: exact types, no coercion, ranges. What is wrong, unknown or unsupported is reported
 * where it stands, and read as absent. `null` is absence, as in Kubernetes.
 */
export class Fields {
  readonly at: Place
  readonly #map: ManifestMap
  readonly #report: Reporter

  constructor(map: ManifestMap, report: Reporter, vocabulary: Vocabulary) {
    this.at = map.at
    this.#map = map
    this.#report = report
    const { known, unsupported = {} } = vocabulary
    for (const [key, { at, value }] of map.entries) {
      if (known.includes(key) || (value.kind === 'scalar' && value.value === null)) continue
      const refusal = Object.hasOwn(unsupported, key) ? unsupported[key] : undefined
      if (refusal !== undefined) report.report(refusal.severity, at, 'unsupported-field', refusal.message)
      else {
        const meant = suggest(key, [...known, ...Object.keys(unsupported)])
        const hint = meant === undefined ? '' : ` Did you mean "${meant}"?`
        report.error(at, 'unknown-field', `"${key}" is not a known field.${hint}`)
      }
    }
  }

  /** The value of a field; undefined when it is absent or null. */
  value(name: string): ManifestValue | undefined {
    const value = this.#map.entries.get(name)?.value
    return value?.kind === 'scalar' && value.value === null ? undefined : value
  }

  has(name: string): boolean {
    return this.value(name) !== undefined
  }

  /** Where a field's key stands; where the mapping stands, if it is absent. */
  place(name: string): Place {
    return this.#map.entries.get(name)?.at ?? { ...this.at, path: childPath(this.at.path, name) }
  }

  error(name: string, code: DiagnosticCode, message: string): void {
    this.#report.error(this.place(name), code, message)
  }

  warn(name: string, code: DiagnosticCode, message: string): void {
    this.#report.warn(this.place(name), code, message)
  }

  text(name: string): string | undefined {
    return this.#textOf(this.value(name))
  }

  /** A string that must be there. */
  requiredText(name: string): string | undefined {
    if (!this.has(name)) this.error(name, 'missing-field', `"${name}" is required.`)
    const text = this.text(name)
    if (text === '') this.error(name, 'invalid-value', `"${name}" must not be empty.`)
    return text === '' ? undefined : text
  }

  flag(name: string): boolean | undefined {
    return this.#scalar(this.value(name), 'boolean', 'true or false')
  }

  number(name: string, range: Range = {}): number | undefined {
    const value = this.#scalar(this.value(name), 'number', 'a number')
    return value === undefined || this.#within(name, value, range) ? value : undefined
  }

  integer(name: string, range: Range = {}): number | undefined {
    const value = this.number(name, range)
    if (value === undefined || Number.isSafeInteger(value)) return value
    this.error(name, 'invalid-value', 'must be an integer.')
    return undefined
  }

  /** A Go duration (`1h30m`, `250ms`) in milliseconds; at least 1 unless said otherwise. */
  durationMs(name: string, range: Range = { min: 1 }): number | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    const ms = parseGoDuration(text)
    if (ms === undefined) this.error(name, 'invalid-value', 'must be a duration like "250ms", "30s" or "1h30m".')
    return ms !== undefined && this.#within(name, ms, { max: 2_147_483_647, ...range }, ' ms') ? ms : undefined
  }

  oneOf<const T extends string>(name: string, words: readonly T[]): T | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    const found = words.find((word) => word === text)
    if (found !== undefined) return found
    const meant = suggest(text, words)
    const hint = meant === undefined ? '' : ` Did you mean "${meant}"?`
    this.error(name, 'invalid-value', `must be one of ${words.join(', ')}.${hint}`)
    return undefined
  }

  /** An RE2 pattern that compiles. */
  regex(name: string): string | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    try {
      compileRegex(text)
      return text
    } catch (error) {
      this.error(
        name,
        'invalid-value',
        `is no RE2 pattern: ${error instanceof Error ? error.message : 'it is refused'}.`,
      )
      return undefined
    }
  }

  map(name: string): ManifestMap | undefined {
    return this.#mapOf(this.value(name))
  }

  /** A mapping's fields, read by a vocabulary of their own. */
  fields(name: string, vocabulary: Vocabulary): Fields | undefined {
    const map = this.map(name)
    return map === undefined ? undefined : new Fields(map, this.#report, vocabulary)
  }

  list(name: string): ManifestList | undefined {
    const value = this.value(name)
    if (value === undefined || value.kind === 'list') return value
    this.#wrong(value, 'a list')
    return undefined
  }

  /** The mappings of a list. */
  maps(name: string): readonly ManifestMap[] {
    return (this.list(name)?.items ?? []).map((item) => this.#mapOf(item)).filter((item) => item !== undefined)
  }

  /** A list of mappings, each read by a vocabulary. */
  each(name: string, vocabulary: Vocabulary): readonly Fields[] {
    return this.maps(name).map((map) => new Fields(map, this.#report, vocabulary))
  }

  /** A list of strings. */
  texts(name: string): readonly string[] | undefined {
    return this.list(name)
      ?.items.map((item) => this.#textOf(item))
      .filter((item) => item !== undefined)
  }

  /** A mapping of strings. */
  textMap(name: string): ReadonlyMap<string, string> | undefined {
    const map = this.map(name)
    if (map === undefined) return undefined
    const texts = new Map<string, string>()
    for (const [key, { value }] of map.entries) {
      const text = this.#textOf(value)
      if (text !== undefined) texts.set(key, text)
    }
    return texts
  }

  #textOf(value: ManifestValue | undefined): string | undefined {
    return this.#scalar(value, 'string', 'a string')
  }

  #mapOf(value: ManifestValue | undefined): ManifestMap | undefined {
    if (value === undefined || value.kind === 'map') return value
    this.#wrong(value, 'a mapping')
    return undefined
  }

  #scalar(value: ManifestValue | undefined, type: 'string', what: string): string | undefined
  #scalar(value: ManifestValue | undefined, type: 'number', what: string): number | undefined
  #scalar(value: ManifestValue | undefined, type: 'boolean', what: string): boolean | undefined
  #scalar(value: ManifestValue | undefined, type: string, what: string): ManifestScalar['value'] | undefined {
    if (value === undefined) return undefined
    if (value.kind === 'scalar' && typeof value.value === type) return value.value
    this.#wrong(value, what)
    return undefined
  }

  #wrong(value: ManifestValue, what: string): void {
    const hint = what === 'a string' && value.kind === 'scalar' && value.value !== null ? '; quote it' : ''
    this.#report.error(value.at, 'wrong-type', `must be ${what}, not ${describeKind(value)}${hint}.`)
  }

  #within(name: string, value: number, { min, max }: Range, unit = ''): boolean {
    if ((min === undefined || value >= min) && (max === undefined || value <= max)) return true
    const range =
      max === undefined ? `at least ${min}` : min === undefined ? `at most ${max}` : `between ${min} and ${max}`
    this.error(name, 'invalid-value', `must be ${range}${unit}.`)
    return false
  }
}
