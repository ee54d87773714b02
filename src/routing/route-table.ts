import type { ClientCall } from '../core/call.js'
import { pathOf } from '../core/url.js'
import { Bucket, type Entry } from './bucket.js'
import { type CompiledMatch, compileRouteMatch, fits, type PathKey, type Workload } from './matcher.js'
import type { RouteMatch } from './options.js'

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

/** Where a table found a route. */
export interface Found<R> {
  readonly route: R
  /** Position in the route's `match`; 0 for a route without one. */
  readonly alternative: number
}

type Lists<R> = Map<string, Entry<R>[]>

/** Buckets by how a path begins, and the lengths that such beginnings have. */
class Prefixes<R> {
  readonly #buckets = new Map<string, Bucket<R>>()
  readonly #lengths: readonly number[]
  readonly #bySegment: boolean

  constructor(lists: Lists<R>, bySegment: boolean) {
    for (const [text, entries] of lists) this.#buckets.set(text, new Bucket(entries))
    this.#lengths = [...new Set([...lists.keys()].map((text) => text.length))].sort((a, b) => a - b)
    this.#bySegment = bySegment
  }

  /** `text` is looked up, `path` is what further tests see. */
  first(text: string, best: Entry<R> | undefined, call: ClientCall, path: string): Entry<R> | undefined {
    let found = best
    for (const length of this.#lengths) {
      if (length > text.length) break
      if (this.#bySegment && length < text.length && text.charCodeAt(length) !== 47) continue
      const bucket = this.#buckets.get(text.slice(0, length))
      if (bucket !== undefined) found = bucket.first(found, call, path)
    }
    return found
  }
}

/** The index of one way of writing paths: as they are, or in lower case. */
class Paths<R> {
  readonly #exact = new Map<string, Bucket<R>>()
  readonly #prefixes: Prefixes<R>
  readonly #segments: Prefixes<R>

  constructor(lists: Readonly<Record<'exact' | 'prefix' | 'segments', Lists<R>>>) {
    for (const [text, entries] of lists.exact) this.#exact.set(text, new Bucket(entries))
    this.#prefixes = new Prefixes(lists.prefix, false)
    this.#segments = new Prefixes(lists.segments, true)
  }

  first(text: string, best: Entry<R> | undefined, call: ClientCall, path: string): Entry<R> | undefined {
    const bucket = this.#exact.size === 0 ? undefined : this.#exact.get(text)
    const found = bucket === undefined ? best : bucket.first(best, call, path)
    return this.#segments.first(text, this.#prefixes.first(text, found, call, path), call, path)
  }
}

class Sorter<R> {
  readonly any: Entry<R>[] = []
  readonly #lists: Readonly<Record<'exact' | 'prefix' | 'segments', Lists<R>>> = {
    exact: new Map(),
    prefix: new Map(),
    segments: new Map(),
  }
  #used = false

  add({ kind, text }: PathKey, entry: Entry<R>): void {
    if (kind === 'any') this.any.push(entry)
    else {
      this.#used = true
      const entries = this.#lists[kind].get(text)
      if (entries === undefined) this.#lists[kind].set(text, [entry])
      else entries.push(entry)
    }
  }

  paths(): Paths<R> | undefined {
    return this.#used ? new Paths(this.#lists) : undefined
  }
}

const everything: readonly RouteMatch[] = [{}]
const nobody: Workload = { namespace: '', labels: {} }

/**
 * Routes in order, the first match wins. Paths, prefixes and how patterns begin are looked up, one lookup for each length
 * that such a beginning has, and what is left by header: a call is not compared with every rule. Alternatives that do
 * not fit the calling workload are left out.
 */
export class RouteTable<R extends Matchable> {
  readonly #routes: { readonly route: R; readonly matches: readonly CompiledMatch[] }[]
  readonly #plain: Paths<R> | undefined
  readonly #folded: Paths<R> | undefined
  readonly #any: Bucket<R>

  constructor(routes: readonly R[], workload: Workload = nobody) {
    const plain = new Sorter<R>()
    const folded = new Sorter<R>()
    let order = 0
    this.#routes = routes.map((route) => {
      const alternatives = route.match ?? everything
      const matches = alternatives.map((match) => compileRouteMatch(match, workload))
      for (const [alternative, { path, rest, headers }] of matches.entries())
        if (fits(alternatives[alternative] ?? {}, workload))
          (path.folded ? folded : plain).add(path, { order: order++, route, alternative, rest, headers })
      return { route, matches }
    })
    this.#plain = plain.paths()
    this.#folded = folded.paths()
    this.#any = new Bucket(plain.any)
  }

  /** The first route that matches, and by which of its alternatives. */
  find(call: ClientCall): Found<R> | undefined {
    const path = pathOf(call.path)
    const found = this.#plain?.first(path, undefined, call, path)
    const both = this.#folded === undefined ? found : this.#folded.first(path.toLowerCase(), found, call, path)
    return this.#any.first(both, call, path)
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
