import type { MirrorOptions, RedirectOptions, RewriteOptions, RouteHeaders } from '../../routing/action/options.js'
import type { RouteCorsOptions } from '../../routing/cors/options.js'
import type { Reporter } from '../diagnostics.js'
import { Fields } from '../fields.js'
import type { BackendResolver } from './backend-ref.js'
import { demand, readGroup, readItems, readKind, readObjectName } from './checks.js'
import { compileCors } from './cors.js'
import { compileHeaderModifier } from './header-modifier.js'
import { compileMirror } from './mirror.js'
import { compileRedirect, type RedirectBase } from './redirect.js'
import { compileRewrite } from './rewrite.js'

/** Where the settings of each type of filter stand. */
const parts = {
  RequestHeaderModifier: 'requestHeaderModifier',
  ResponseHeaderModifier: 'responseHeaderModifier',
  RequestMirror: 'requestMirror',
  RequestRedirect: 'requestRedirect',
  URLRewrite: 'urlRewrite',
  CORS: 'cors',
  ExternalAuth: 'externalAuth',
  ExtensionRef: 'extensionRef',
} as const

type FilterType = keyof typeof parts

const types: readonly FilterType[] = [
  'RequestHeaderModifier',
  'ResponseHeaderModifier',
  'RequestMirror',
  'RequestRedirect',
  'URLRewrite',
  'CORS',
  'ExternalAuth',
  'ExtensionRef',
]

/** Those that may stand in a list more than once. */
const repeatable: ReadonlySet<FilterType> = new Set<FilterType>(['RequestMirror', 'ExtensionRef', 'ExternalAuth'])

/** Only headers are changed for one backend of several. */
const notForBackends = types.filter((type) => !type.endsWith('HeaderModifier'))

/** What concerns the only backend concerns the rule. */
const notForLoneBackends: readonly FilterType[] = ['RequestRedirect', 'ExternalAuth', 'ExtensionRef']

/** What a list of filters does. */
export interface Filters {
  readonly headers: RouteHeaders | undefined
  readonly redirect: RedirectOptions | undefined
  readonly rewrite: RewriteOptions | undefined
  readonly mirrors: readonly MirrorOptions[]
  readonly cors: RouteCorsOptions | undefined
  /** There is one that cannot be run: without it no request may pass. */
  readonly unresolved: boolean
}

/** Whether what a `PathPrefix` match matched is replaced. */
export function replacesPrefix({ redirect, rewrite }: Pick<Filters, 'redirect' | 'rewrite'>): boolean {
  return redirect?.pathPrefix !== undefined || rewrite?.pathPrefix !== undefined
}

function checkExtensionRef(filter: Fields): void {
  const fields = filter.fields('extensionRef', { known: ['group', 'kind', 'name'] })
  if (fields === undefined) return
  for (const name of ['group', 'kind']) demand(fields, name)
  readGroup(fields, 'group')
  readKind(fields, 'kind')
  readObjectName(fields, 'name')
}

/** Compiles the filters of a rule or, where only headers can be changed, of a backend. */
export class FilterCompiler {
  readonly #report: Reporter
  readonly #resolver: BackendResolver
  readonly #redirectBase: RedirectBase

  constructor(report: Reporter, resolver: BackendResolver, redirectBase: RedirectBase) {
    this.#report = report
    this.#resolver = resolver
    this.#redirectBase = redirectBase
  }

  /** The filters of a rule. */
  compile(parent: Fields): Filters {
    return this.#compile(parent, ['ExternalAuth', 'ExtensionRef'], 'the rule answers 500')
  }

  /** The filters of one backend. Beside others, one that does not only change headers makes it unusable. */
  compileForBackend(parent: Fields, alone: boolean): Filters {
    const refused = alone ? notForLoneBackends : notForBackends
    return this.#compile(parent, refused, 'its share of the calls is answered 500')
  }

  #compile(parent: Fields, refused: readonly FilterType[], effect: string): Filters {
    const given = this.#read(parent)
    const request = this.#modifier(given, 'RequestHeaderModifier')
    const response = this.#modifier(given, 'ResponseHeaderModifier')
    const redirect = given.find(([type]) => type === 'RequestRedirect')?.[1]
    const rewrite = given.find(([type]) => type === 'URLRewrite')?.[1]
    const cors = given.find(([type]) => type === 'CORS')?.[1]
    const mirrors = given
      .filter(([type]) => type === 'RequestMirror')
      .map(([, filter]) => compileMirror(filter, this.#resolver))
    for (const [type, filter] of given) if (type === 'ExtensionRef') checkExtensionRef(filter)
    if (redirect !== undefined && rewrite !== undefined)
      rewrite.error('type', 'invalid-value', 'A rule either redirects or rewrites; it cannot do both.')
    return {
      headers:
        request === undefined && response === undefined
          ? undefined
          : { ...(request === undefined ? {} : { request }), ...(response === undefined ? {} : { response }) },
      redirect: redirect === undefined ? undefined : compileRedirect(redirect, this.#redirectBase),
      rewrite: rewrite === undefined ? undefined : compileRewrite(rewrite),
      mirrors: mirrors.filter((one) => one !== undefined),
      cors: cors === undefined ? undefined : compileCors(cors),
      unresolved: this.#refuse(given, refused, effect),
    }
  }

  #modifier(
    given: readonly (readonly [FilterType, Fields])[],
    type: 'RequestHeaderModifier' | 'ResponseHeaderModifier',
  ): ReturnType<typeof compileHeaderModifier> {
    const fields = given.find(([one]) => one === type)?.[1]
    return fields === undefined ? undefined : compileHeaderModifier(fields, parts[type], this.#report)
  }

  /** Each filter with its type; what the type and the settings have to do with each other is checked. */
  #read(parent: Fields): readonly (readonly [FilterType, Fields])[] {
    const seen = new Set<FilterType>()
    const filters: (readonly [FilterType, Fields])[] = []
    for (const map of readItems(parent, 'filters', 16)) {
      const fields = new Fields(map, this.#report, { known: ['type', ...Object.values(parts)] })
      demand(fields, 'type')
      const type = fields.oneOf('type', types)
      if (type === undefined) continue
      if (!fields.has(parts[type]))
        fields.error(parts[type], 'missing-field', `"${parts[type]}" is required for the type ${type}.`)
      for (const part of Object.values(parts))
        if (part !== parts[type] && fields.has(part))
          fields.error(part, 'invalid-value', `"${part}" does not go with the type ${type}.`)
      if (seen.has(type) && !repeatable.has(type))
        fields.error('type', 'invalid-value', `There is a ${type} above already; one is all there can be.`)
      seen.add(type)
      filters.push([type, fields])
    }
    return filters
  }

  #refuse(given: readonly (readonly [FilterType, Fields])[], refused: readonly FilterType[], effect: string): boolean {
    const found = given.filter(([type]) => refused.includes(type))
    for (const [type, fields] of found)
      fields.warn(
        parts[type],
        'unsupported-field',
        `${type} cannot be done here, and no call may pass without it: ${effect}.`,
      )
    return found.length > 0
  }
}
