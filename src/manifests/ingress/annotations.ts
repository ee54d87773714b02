import { suggest } from '../../core/schema/index.js'
import type { StringMatch } from '../../core/string-match.js'
import type { CompileContext } from '../context.js'
import type { DiagnosticCode, Severity } from '../diagnostics.js'
import { annotationPlace, type Resource } from '../resource.js'

/** What Kong's annotations on an Ingress say about its routes. */
export interface RouteAnnotations {
  /** Default false: the Ingress controller's, not Kong's own. */
  readonly stripPath: boolean
  /** Default true, likewise. */
  readonly preserveHost: boolean
  readonly methods: readonly string[] | undefined
  readonly headers: Readonly<Record<string, StringMatch>> | undefined
  /** Further hosts of every rule that has one. */
  readonly hostAliases: readonly string[]
  /** Marks a path as a regular expression. Default `/~`. */
  readonly regexPrefix: string
}

const prefix = 'konghq.com/'
const headerPrefix = 'konghq.com/headers.'
const known = ['plugins', 'strip-path', 'preserve-host', 'methods', 'host-aliases', 'protocols', 'regex-prefix', 'tags']

const unsupported: Readonly<Record<string, readonly [Severity, string]>> = {
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

/** Reads the annotations of an Ingress; what Kong knows and we do not honour is reported, and what Kong does not know. */
export class AnnotationReader {
  readonly #context: CompileContext
  readonly #resource: Resource

  constructor(context: CompileContext, resource: Resource) {
    this.#context = context
    this.#resource = resource
  }

  read(): RouteAnnotations {
    this.#check()
    const methods = this.#list('methods').map((method) => method.toUpperCase())
    const headers = this.#headers()
    return {
      stripPath: this.#flag('strip-path') ?? false,
      preserveHost: this.#flag('preserve-host') ?? true,
      methods: methods.length === 0 ? undefined : methods,
      headers: Object.keys(headers).length === 0 ? undefined : headers,
      hostAliases: this.#list('host-aliases'),
      regexPrefix: this.#resource.annotations.get(`${prefix}regex-prefix`) ?? '/~',
    }
  }

  #check(): void {
    for (const name of this.#resource.annotations.keys()) {
      const short = name.slice(prefix.length)
      if (!name.startsWith(prefix) || known.includes(short) || name.startsWith(headerPrefix)) continue
      const refusal = Object.hasOwn(unsupported, short) ? unsupported[short] : undefined
      if (refusal !== undefined) this.#tell(name, refusal[0], 'unsupported-field', refusal[1])
      else {
        const meant = suggest(short, [...known, ...Object.keys(unsupported)])
        const hint = meant === undefined ? '' : ` Did you mean "${prefix}${meant}"?`
        this.#tell(name, 'error', 'unknown-field', `"${name}" is not a known annotation.${hint}`)
      }
    }
    const protocols = this.#list('protocols')
    if (protocols.length > 0 && !protocols.includes('http'))
      this.#tell(
        `${prefix}protocols`,
        'error',
        'unsupported-field',
        'Plain HTTP cannot be refused for a single route yet.',
      )
    const redirect = 'ingress.kubernetes.io/force-ssl-redirect'
    if (this.#resource.annotations.get(redirect) === 'true')
      this.#tell(redirect, 'error', 'unsupported-field', 'Plain HTTP cannot be refused for a single route yet.')
  }

  #headers(): Record<string, StringMatch> {
    const headers: [string, StringMatch][] = []
    for (const [name, value] of this.#resource.annotations)
      if (name.startsWith(headerPrefix)) {
        const values = value.split(',').map((one) => one.trim())
        const [first = ''] = values
        const regex = values.map((one) => one.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')
        const match = values.length === 1 ? { exact: first, ignoreCase: true } : { regex, ignoreCase: true }
        headers.push([name.slice(headerPrefix.length).toLowerCase(), match])
      }
    return Object.fromEntries(headers)
  }

  #list(name: string): readonly string[] {
    const text = this.#resource.annotations.get(prefix + name) ?? ''
    return text
      .split(',')
      .map((one) => one.trim())
      .filter((one) => one !== '')
  }

  #flag(name: string): boolean | undefined {
    const text = this.#resource.annotations.get(prefix + name)
    if (text === undefined) return undefined
    if (text !== 'true' && text !== 'false')
      this.#tell(prefix + name, 'error', 'invalid-value', 'must be "true" or "false".')
    return text === 'true'
  }

  #tell(name: string, severity: Severity, code: DiagnosticCode, message: string): void {
    this.#context.report.report(severity, annotationPlace(this.#resource, name), code, message)
  }
}
