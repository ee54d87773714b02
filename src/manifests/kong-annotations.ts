import { suggest } from '../core/schema/index.js'
import type { Reporter, Severity } from './diagnostics.js'
import { annotationPlace, type Resource } from './resource.js'

/** What every annotation of Kong's begins with. */
export const kongPrefix = 'konghq.com/'

/** What a kind of object can be told by Kong's annotations; names without the prefix. */
export interface AnnotationVocabulary {
  readonly known: readonly string[]
  /** Those that Kong knows and we do not honour, with what happens instead. `headers.` is for all that begin so. */
  readonly unsupported: Readonly<Record<string, readonly [Severity, string]>>
}

/** What no route can be told by an annotation, of whatever kind of object. */
export const unsupportedOfRoutes: AnnotationVocabulary['unsupported'] = {
  override: ['error', 'KongIngress is not read: what it overrides is not known.'],
  snis: ['error', 'Routes are not told apart by SNI: this one would take every name.'],
  rewrite: ['warning', 'Rewrites are not done yet: the path goes on as it is.'],
  'regex-priority': ['warning', 'The longer regular expression is tried first: priorities are ignored.'],
  'path-handling': ['warning', 'Paths are joined with exactly one slash (v0).'],
  'https-redirect-status-code': ['warning', 'Nothing is redirected to HTTPS.'],
  'request-buffering': ['warning', 'Requests are always streamed.'],
  'response-buffering': ['warning', 'Responses are always streamed.'],
  'headers-separator': ['warning', 'Values are always separated by commas.'],
}

/** Values that are separated by commas; none where the annotation is not there. */
export function annotatedList(resource: Resource, name: string): readonly string[] {
  const text = resource.annotations.get(kongPrefix + name) ?? ''
  return text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')
}

/** Reports what Kong knows and we do not honour, and what Kong does not know. */
export function checkAnnotations(
  report: Reporter,
  resource: Resource,
  { known, unsupported }: AnnotationVocabulary,
): void {
  for (const name of resource.annotations.keys()) {
    if (!name.startsWith(kongPrefix)) continue
    const short = name.slice(kongPrefix.length)
    const family = short.startsWith('headers.') ? 'headers.' : short
    if (known.includes(family)) continue
    const at = annotationPlace(resource, name)
    const refusal = Object.hasOwn(unsupported, family) ? unsupported[family] : undefined
    if (refusal !== undefined) report.report(refusal[0], at, 'unsupported-field', refusal[1])
    else {
      const meant = suggest(short, [...known, ...Object.keys(unsupported)])
      const hint = meant === undefined ? '' : ` Did you mean "${kongPrefix}${meant}"?`
      report.error(at, 'unknown-field', `"${name}" is not a known annotation.${hint}`)
    }
  }
}

/** A route that Kong would refuse plain HTTP for. */
export function checkProtocols(report: Reporter, resource: Resource): void {
  const protocols = annotatedList(resource, 'protocols')
  const refused = 'Plain HTTP cannot be refused for a single route yet.'
  if (protocols.length > 0 && !protocols.includes('http'))
    report.error(annotationPlace(resource, `${kongPrefix}protocols`), 'unsupported-field', refused)
  const redirect = 'ingress.kubernetes.io/force-ssl-redirect'
  if (resource.annotations.get(redirect) === 'true')
    report.error(annotationPlace(resource, redirect), 'unsupported-field', refused)
}
