import type { StringMatch } from '../../core/string-match.js'
import type { Reporter } from '../diagnostics.js'
import type { ManifestValue } from '../document.js'
import { Fields } from '../fields.js'

/** Whether a test asks for no more than presence: `{}`, `null` or the regex `*`. */
function isPresence(value: ManifestValue): boolean {
  if (value.kind === 'scalar') return value.value === null
  if (value.kind !== 'map') return false
  const regex = value.entries.get('regex')?.value
  return value.entries.size === 0 || (regex?.kind === 'scalar' && regex.value === '*')
}

/** Compiles Istio's StringMatch: exactly one of `exact`, `prefix`, `regex` (RE2, whole string), or presence. */
export function compileStringMatch(
  value: ManifestValue,
  report: Reporter,
  ignoreCase = false,
): StringMatch | undefined {
  if (isPresence(value)) return { present: true }
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
  const folded = ignoreCase ? { ignoreCase } : {}
  const exact = fields.text('exact')
  if (exact !== undefined) return { exact, ...folded }
  const prefix = fields.text('prefix')
  if (prefix !== undefined) return { prefix, ...folded }
  const regex = fields.regex('regex')
  return regex === undefined ? undefined : { regex }
}
