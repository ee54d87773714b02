import type { ClientCall } from '../core/call.js'
import { type CompiledMatch, type Condition, compileRouteMatch } from './matcher.js'
import type { RouteMatch } from './options.js'
import { pathOf } from './query.js'

/** What a table asks of a route. */
export interface Matchable {
  readonly name: string
  /** Alternatives; without them it matches every call. */
  readonly match?: readonly RouteMatch[] | undefined
}

/** Why a route was or was not chosen. */
export interface RouteVerdict {
  /** Name of the route. */
  readonly route: string
  /** Whether it is the one: the last verdict, if any. */
  readonly matched: boolean
  /** For each alternative the first test that failed: `path`, `method`, `header x-canary`, `query page`. */
  readonly failed: readonly string[]
}

interface Entry<R> {
  readonly order: number
  readonly route: R
  readonly rest: readonly Condition[]
}

const everything: CompiledMatch = { path: { kind: 'any' }, rest: [], conditions: [] }

function append<R>(map: Map<string, Entry<R>[]>, key: string, entry: Entry<R>): void {
  const entries = map.get(key)
  if (entries === undefined) map.set(key, [entry])
  else entries.push(entry)
}

function passes(conditions: readonly Condition[], call: ClientCall, path: string): boolean {
  for (const condition of conditions) if (!condition.test(call, path)) return false
  return true
}

/** Of a list in order, the first entry before `best` that passes, else `best`. */
function earlier<R>(
  entries: readonly Entry<R>[] | undefined,
  best: Entry<R> | undefined,
  call: ClientCall,
  path: string,
): Entry<R> | undefined {
  if (entries !== undefined)
    for (const entry of entries) {
      if (best !== undefined && entry.order > best.order) break
      if (passes(entry.rest, call, path)) return entry
    }
  return best
}

/**
 * Routes in order, the first match wins. Exact paths and prefixes are looked up, one lookup for each length that a
 * prefix has, so that a call is not compared with every rule; only patterns and rules without a path are walked.
 */
export class RouteTable<R extends Matchable> {
  readonly #routes: { readonly route: R; readonly matches: readonly CompiledMatch[] }[]
  readonly #exact = new Map<string, Entry<R>[]>()
  readonly #prefixes = new Map<string, Entry<R>[]>()
  readonly #lengths: readonly number[]
  readonly #others: Entry<R>[] = []

  constructor(routes: readonly R[]) {
    this.#routes = routes.map((route) => ({ route, matches: route.match?.map(compileRouteMatch) ?? [everything] }))
    const lengths = new Set<number>()
    for (const [order, { route, matches }] of this.#routes.entries())
      for (const { path, rest } of matches) {
        const entry: Entry<R> = { order, route, rest }
        if (path.kind === 'exact') append(this.#exact, path.text, entry)
        else if (path.kind === 'prefix') {
          append(this.#prefixes, path.text, entry)
          lengths.add(path.text.length)
        } else this.#others.push(entry)
      }
    this.#lengths = [...lengths].sort((a, b) => a - b)
  }

  /** The first route that matches. */
  match(call: ClientCall): R | undefined {
    const path = pathOf(call.path)
    let best = this.#exact.size === 0 ? undefined : earlier(this.#exact.get(path), undefined, call, path)
    for (const length of this.#lengths) {
      if (length > path.length) break
      best = earlier(this.#prefixes.get(path.slice(0, length)), best, call, path)
    }
    return earlier(this.#others, best, call, path)?.route
  }

  /** Says of each route down to the chosen one whether it matches, and if not, why. */
  explain(call: ClientCall): RouteVerdict[] {
    const path = pathOf(call.path)
    const verdicts: RouteVerdict[] = []
    for (const { route, matches } of this.#routes) {
      const failed = matches.map(({ conditions }) => conditions.find((one) => !one.test(call, path))?.what)
      const matched = failed.includes(undefined)
      verdicts.push({
        route: route.name,
        matched,
        failed: matched ? [] : failed.filter((what) => what !== undefined),
      })
      if (matched) break
    }
    return verdicts
  }
}
