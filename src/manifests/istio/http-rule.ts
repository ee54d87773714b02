import type { DirectResponseOptions, RewriteOptions } from '../../routing/action/options.js'
import type { RouteCorsOptions } from '../../routing/cors/options.js'
import type { FaultOptions } from '../../routing/fault/options.js'
import type { Place, Reporter } from '../diagnostics.js'
import type { ManifestMap } from '../document.js'
import { Fields, type Vocabulary } from '../fields.js'
import { readCors } from './cors.js'
import { type Destination, readDestination } from './destination.js'
import { readDirectResponse } from './direct-response.js'
import { readDurationMs } from './duration.js'
import { readFault } from './fault.js'
import { type HttpHeaders, readHeaders } from './headers.js'
import { type HttpMatch, type MatchRules, readHttpMatch } from './http-match.js'
import { type Mirror, readMirrorShare, readMirrors, warnIdleShare } from './mirror.js'
import { type HttpRedirect, readRedirect } from './redirect.js'
import { type HttpRetries, readRetries } from './retries.js'
import { readRewrite } from './rewrite.js'
import { readSplit, type Split } from './weighted-destination.js'

/** Where the rest of a rule is written. */
export interface DelegateRef {
  readonly name: string
  readonly namespace: string
  readonly at: Place
}

/** One entry of `http`, read and checked. What is not written is undefined. */
export interface HttpRule {
  readonly at: Place
  readonly name: string | undefined
  /** None for every call. */
  readonly match: readonly HttpMatch[]
  readonly split: Split | undefined
  readonly redirect: HttpRedirect | undefined
  readonly directResponse: DirectResponseOptions | undefined
  readonly delegate: DelegateRef | undefined
  readonly rewrite: RewriteOptions | undefined
  readonly timeoutMs: number | undefined
  readonly retries: HttpRetries | undefined
  readonly fault: FaultOptions | undefined
  readonly mirror: Destination | undefined
  readonly mirrorShare: number | undefined
  readonly mirrors: readonly Mirror[] | undefined
  readonly cors: RouteCorsOptions | undefined
  readonly headers: HttpHeaders | undefined
}

/** What a rule may be, by where it stands. */
export interface RuleContext extends MatchRules {
  /** Of the VirtualService. */
  readonly namespace: string
  /** Whether the rule stands in a delegate, so that it can name none. */
  readonly isDelegate: boolean
}

const vocabulary: Vocabulary = {
  known: [
    'name',
    'match',
    'route',
    'redirect',
    'directResponse',
    'delegate',
    'rewrite',
    'timeout',
    'retries',
    'fault',
    'mirror',
    'mirrors',
    'mirrorPercentage',
    'mirrorPercent',
    'mirror_percent',
    'corsPolicy',
    'headers',
  ],
}

function readDelegate(http: Fields, { namespace, isDelegate }: RuleContext): DelegateRef | undefined {
  const fields = http.fields('delegate', { known: ['name', 'namespace'] })
  if (fields === undefined) return undefined
  if (isDelegate) http.error('delegate', 'invalid-value', 'A delegate cannot name another one.')
  const name = fields.requiredText('name')
  const at = fields.place('name')
  return name === undefined ? undefined : { name, namespace: fields.text('namespace') || namespace, at }
}

/** A rule does one thing; Istio's words for what excludes what. */
function checkAction(http: Fields): void {
  const exclude = (name: string, others: readonly string[]): void => {
    for (const other of others)
      if (http.has(other)) http.error(other, 'invalid-value', `"${other}" has no place beside "${name}".`)
  }
  const hasRoute = (http.list('route')?.items.length ?? 0) > 0
  const route = hasRoute ? ['route'] : []
  if (http.has('delegate')) exclude('delegate', [...route, 'redirect', 'directResponse'])
  else if (http.has('redirect')) exclude('redirect', [...route, 'directResponse', 'rewrite', 'fault'])
  else if (http.has('directResponse')) exclude('directResponse', [...route, 'rewrite', 'fault'])
  else if (!hasRoute)
    http.error('route', 'missing-field', 'A rule needs a route, a redirect, a directResponse or a delegate.')
}

/** What only calls have that are sent on. */
const forwarding = [
  'timeout',
  'retries',
  'mirror',
  'mirrors',
  'mirrorPercentage',
  'mirrorPercent',
  'mirror_percent',
] as const

function warnInert(http: Fields, { isDelegate }: RuleContext): void {
  const answer = ['redirect', 'directResponse'].find((name) => http.has(name))
  if (answer === undefined) {
    if (!isDelegate && !http.has('delegate')) warnIdleShare(http)
    return
  }
  for (const name of forwarding)
    if (http.has(name)) http.warn(name, 'shadowed', `It has no effect beside "${answer}": nothing is sent on.`)
}

/** The authority of calls can be rewritten in one place only. */
function checkAuthority(http: Fields, rewrite: RewriteOptions | undefined, headers: HttpHeaders | undefined): void {
  const places = (headers?.authorities ?? 0) + (rewrite?.authority === undefined ? 0 : 1)
  if (places > 1) http.error('headers', 'invalid-value', 'The authority of calls is set more than once.')
}

/** Reads one entry of `http`. */
export function readHttpRule(map: ManifestMap, report: Reporter, context: RuleContext): HttpRule {
  const http = new Fields(map, report, vocabulary)
  checkAction(http)
  warnInert(http, context)
  const headers = readHeaders(http)
  const rewrite = readRewrite(http)
  checkAuthority(http, rewrite, headers)
  return {
    at: map.at,
    name: http.text('name') || undefined,
    match: http.maps('match').map((block) => readHttpMatch(block, report, context)),
    split: readSplit(http, context.namespace),
    redirect: readRedirect(http),
    directResponse: readDirectResponse(http),
    delegate: readDelegate(http, context),
    rewrite,
    timeoutMs: readDurationMs(http, 'timeout'),
    retries: readRetries(http),
    fault: readFault(http),
    mirror: readDestination(http, 'mirror', context.namespace),
    mirrorShare: readMirrorShare(http),
    mirrors: readMirrors(http, context.namespace),
    cors: readCors(http, report),
    headers,
  }
}
