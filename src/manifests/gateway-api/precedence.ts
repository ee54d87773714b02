import type { ServiceRoute } from '../../config/service.js'
import type { Resource } from '../resource.js'
import { specificity } from './hostname.js'
import type { HttpMatch } from './match.js'
import type { PathCondition } from './path.js'

/** A native route for one match of one rule, and all that its place among the others depends on. */
export interface Candidate {
  readonly route: ServiceRoute
  readonly match: HttpMatch
  /** Hostname of the HTTPRoute by which it got here, before a listener narrowed it. */
  readonly hostname: string
  readonly resource: Resource
  /** Position of the rule in its HTTPRoute, and of the match in its rule. */
  readonly rule: number
  readonly position: number
}

/** Istio's rank; the specification leaves that of regular expressions open. */
const ranks: Readonly<Record<PathCondition['kind'], number>> = { Exact: 3, PathPrefix: 2, RegularExpression: 1 }

/** Higher first. */
function scores({ match, hostname }: Candidate): readonly number[] {
  const { path, method, headers, queryParams } = match
  return [...specificity(hostname), ranks[path.kind], path.value.length, method ? 1 : 0, headers, queryParams]
}

function nameOf({ resource }: Candidate): string {
  return `${resource.namespace}/${resource.name}`
}

function compare(a: Candidate, b: Candidate): number {
  const scored = scores(b)
  for (const [i, score] of scores(a).entries()) {
    const other = scored[i] ?? 0
    if (score !== other) return other - score
  }
  const age = a.resource.creationTimestamp - b.resource.creationTimestamp
  if (age !== 0) return age
  const [first, second] = [nameOf(a), nameOf(b)]
  if (first !== second) return first < second ? -1 : 1
  return a.rule - b.rule || a.position - b.position
}

/**
 * The routes of one hostname or one Service in the order of the Gateway API: the most specific hostname, `Exact` before
 * `PathPrefix` before `RegularExpression`, the longer path, a method, more headers, more query parameters, the oldest
 * HTTPRoute, its `namespace/name`, and the order in which rules and matches are written.
 */
export function byPrecedence(candidates: readonly Candidate[]): readonly ServiceRoute[] {
  return candidates.toSorted(compare).map(({ route }) => route)
}
