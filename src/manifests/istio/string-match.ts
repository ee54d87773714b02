import type { StringMatch } from '../../core/string-match.js'
import type { Reporter } from '../diagnostics.js'
import type { ManifestValue } from '../document.js'
import { Fields } from '../fields.js'

/** A test of a string as Istio writes it: one of the forms, or presence. */
export type IstioMatch = Exclude<StringMatch, string>

/** What makes a test of one field different from that of another. */
export interface StringMatchRules {
  /** `{}` and `null` ask for presence. Default true. */
  readonly presence?: boolean | undefined
  /** The regex `*`, which RE2 refuses, asks for presence too. Default false. */
  readonly star?: boolean | undefined
  /** Default: an empty prefix is refused, since Envoy does; a path's is not. */
  readonly emptyPrefix?: boolean | undefined
  /** Default true: an exact test may be for the empty string. */
  readonly emptyExact?: boolean | undefined
}

function isPresence(value: ManifestValue, star: boolean): boolean {
  if (value.kind === 'scalar') return value.value === null
  if (value.kind !== 'map') return false
  const regex = value.entries.get('regex')?.value
  return value.entries.size === 0 || (star && regex?.kind === 'scalar' && regex.value === '*')
}

/** Compiles Istio's StringMatch: at most one of `exact`, `prefix`, `regex` (RE2, whole string); none asks for presence. */
export function compileStringMatch(
  value: ManifestValue,
  report: Reporter,
  { presence = true, star = false, emptyPrefix = false, emptyExact = true }: StringMatchRules = {},
): IstioMatch | undefined {
  if (presence && isPresence(value, star)) return { present: true }
  if (value.kind !== 'map') {
    report.error(value.at, 'wrong-type', 'must be a mapping with one of exact, prefix, regex.')
    return undefined
  }
  const fields = new Fields(value, report, { known: ['exact', 'prefix', 'regex'] })
  const forms = ['exact', 'prefix', 'regex'].filter((form) => fields.has(form))
  if (forms.length !== 1) {
    report.error(value.at, 'invalid-value', 'needs exactly one of exact, prefix, regex.')
    return undefined
  }
  const exact = fields.text('exact')
  if (exact === '' && !emptyExact) fields.error('exact', 'invalid-value', 'must not be empty.')
  if (exact !== undefined) return { exact }
  const prefix = fields.text('prefix')
  if (prefix === '' && !emptyPrefix) fields.error('prefix', 'invalid-value', 'must not be empty.')
  if (prefix !== undefined) return { prefix }
  if (fields.text('regex') === '') fields.error('regex', 'invalid-value', 'must not be empty.')
  const regex = fields.regex('regex')
  return regex === undefined ? undefined : { regex }
}
