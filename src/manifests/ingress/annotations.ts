import { compileRegex } from '../../core/regex.js'
import { isMethod } from '../../core/schema/index.js'
import type { StringMatch } from '../../core/string-match.js'
import type { CompileContext } from '../context.js'
import { checkOtherControllers } from '../kong/controller.js'
import {
  type AnnotationVocabulary,
  annotatedList,
  checkAnnotations,
  checkProtocols,
  kongPrefix,
  unsupportedOfRoutes,
} from '../kong-annotations.js'
import { annotationPlace, type Resource } from '../resource.js'
import { hostForm, isRuleHost } from './host.js'

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

const vocabulary: AnnotationVocabulary = {
  known: [
    'plugins',
    'strip-path',
    'preserve-host',
    'methods',
    'host-aliases',
    'protocols',
    'regex-prefix',
    'tags',
    'headers.',
  ],
  unsupported: unsupportedOfRoutes,
}

const headerPrefix = `${kongPrefix}headers.`
/** What marks the value of a header as a regular expression. */
const regexMark = '~*'

/** Reads the annotations of an Ingress; what Kong knows and we do not honour is reported, and what Kong does not know. */
export class AnnotationReader {
  readonly #context: CompileContext
  readonly #resource: Resource

  constructor(context: CompileContext, resource: Resource) {
    this.#context = context
    this.#resource = resource
  }

  read(): RouteAnnotations {
    const { report } = this.#context
    checkAnnotations(report, this.#resource, vocabulary)
    checkProtocols(report, this.#resource)
    checkOtherControllers(report, this.#resource)
    const methods = annotatedList(this.#resource, 'methods').map((method) => method.toUpperCase())
    if (!methods.every(isMethod)) this.#refuse(`${kongPrefix}methods`, 'Methods are separated by commas.')
    const hostAliases = annotatedList(this.#resource, 'host-aliases')
    if (!hostAliases.every(isRuleHost)) this.#refuse(`${kongPrefix}host-aliases`, hostForm)
    const headers = this.#headers()
    return {
      stripPath: this.#flag('strip-path') ?? false,
      preserveHost: this.#flag('preserve-host') ?? true,
      methods: methods.length === 0 ? undefined : methods,
      headers: Object.keys(headers).length === 0 ? undefined : headers,
      hostAliases,
      regexPrefix: this.#resource.annotations.get(`${kongPrefix}regex-prefix`) ?? '/~',
    }
  }

  #headers(): Record<string, StringMatch> {
    const headers: [string, StringMatch][] = []
    for (const [name, value] of this.#resource.annotations)
      if (name.startsWith(headerPrefix)) {
        const match = this.#header(name, value)
        if (match !== undefined) headers.push([name.slice(headerPrefix.length).toLowerCase(), match])
      }
    return Object.fromEntries(headers)
  }

  #header(name: string, value: string): StringMatch | undefined {
    const values = value.split(',').map((one) => one.trim())
    const [first = ''] = values
    if (first.startsWith(regexMark) && values.length > 1)
      this.#refuse(name, 'A regular expression stands alone: a comma ends it.')
    else if (first.startsWith(regexMark)) return this.#pattern(name, first.slice(regexMark.length))
    if (values.length === 1) return { exact: first, ignoreCase: true }
    const regex = values.map((one) => one.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')
    return { regex, ignoreCase: true }
  }

  /** As Kong has it, anywhere in the value and in either case. */
  #pattern(name: string, pattern: string): StringMatch | undefined {
    const regex = `(?s).*(?:${pattern}).*`
    try {
      compileRegex(regex)
      return { regex, ignoreCase: true }
    } catch (error) {
      const why = error instanceof Error ? error.message : 'it is refused'
      this.#refuse(name, `is no RE2 pattern: ${why}.`)
      return undefined
    }
  }

  #flag(name: string): boolean | undefined {
    const text = this.#resource.annotations.get(kongPrefix + name)
    if (text === undefined) return undefined
    if (text !== 'true' && text !== 'false') this.#refuse(kongPrefix + name, 'must be "true" or "false".')
    return text === 'true'
  }

  #refuse(name: string, message: string): void {
    this.#context.report.error(annotationPlace(this.#resource, name), 'invalid-value', message)
  }
}
