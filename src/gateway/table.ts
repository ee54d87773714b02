import type { GatewayPath, GatewayRouteOptions } from '../config/gateway.js'
import { compileRegex } from '../core/regex.js'
import type { ServerCall } from '../core/server-call.js'
import { compileMatch, type Matcher } from '../core/string-match.js'
import { schemeOf } from './proxy-headers.js'

/** What of a request the table looks at. */
export type TableSubject = Pick<ServerCall, 'method' | 'headers' | 'scheme' | 'localPort'>

/** A route in the table; `T` is what the gateway keeps with it. */
export interface TableRoute<T> {
  readonly name: string
  readonly options: GatewayRouteOptions
  readonly value: T
}

/** A match: the route, and how much of the path it took. */
export interface TableMatch<T> {
  readonly route: TableRoute<T>
  /** Length of the matched prefix; the whole path for an exact or a regex match. */
  readonly taken: number
}

interface Rule<T> {
  readonly route: TableRoute<T>
  readonly take: (path: string) => number
  readonly methods: ReadonlySet<string> | undefined
  readonly schemes: ReadonlySet<string> | undefined
  readonly ports: ReadonlySet<number> | undefined
  readonly headers: readonly (readonly [string, Matcher])[]
  /** Higher first: kind of path, then its length, then further conditions. */
  readonly rank: readonly [number, number, number]
}

function segmentPrefix(prefix: string): (path: string) => number {
  const bare = prefix.endsWith('/') ? prefix.slice(0, -1) : prefix
  return (path) => (path === bare || path.startsWith(`${bare}/`) ? bare.length : -1)
}

function pathRule(path: GatewayPath | undefined): { take: (path: string) => number; kind: number; length: number } {
  if (path === undefined) return { take: () => 0, kind: 0, length: 0 }
  if (typeof path === 'string') return { take: segmentPrefix(path), kind: 1, length: path.length }
  if ('exact' in path) return { take: (p) => (p === path.exact ? p.length : -1), kind: 3, length: path.exact.length }
  if ('prefix' in path)
    return { take: (p) => (p.startsWith(path.prefix) ? path.prefix.length : -1), kind: 1, length: path.prefix.length }
  const regex = compileRegex(`(?:${path.regex}).*`)
  return { take: (p) => (regex.matches(p) ? p.length : -1), kind: 2, length: path.regex.length }
}

function rulesOf<T>(route: TableRoute<T>): Rule<T>[] {
  const { methods, headers, paths, schemes, ports } = route.options
  const tests = Object.entries(headers ?? {}).map(([name, match]) => [name.toLowerCase(), compileMatch(match)] as const)
  return (paths ?? [undefined]).map((path) => {
    const { take, kind, length } = pathRule(path)
    const conditions = tests.length + [methods, schemes, ports].filter((one) => one !== undefined).length
    return {
      route,
      take,
      methods: methods === undefined ? undefined : new Set(methods),
      schemes: schemes === undefined ? undefined : new Set(schemes),
      ports: ports === undefined ? undefined : new Set(ports),
      headers: tests,
      rank: [kind, length, conditions],
    }
  })
}

function byRank<T>(a: Rule<T>, b: Rule<T>): number {
  return b.rank[0] - a.rank[0] || b.rank[1] - a.rank[1] || b.rank[2] - a.rank[2]
}

function matches<T>(rule: Rule<T>, call: TableSubject): boolean {
  if (rule.methods !== undefined && !rule.methods.has(call.method)) return false
  if (rule.schemes !== undefined && !rule.schemes.has(schemeOf(call))) return false
  return rule.headers.every(([name, test]) => test(call.headers.get(name)))
}

/**
 * The gateway's routes: by host (exact, then the longest wildcard, then any), and within a host exact paths before
 * regular expressions before prefixes, the longer first.
 */
export class RouteTable<T> {
  readonly #exact = new Map<string, Rule<T>[]>()
  readonly #wildcards: (readonly [suffix: string, rules: Rule<T>[]])[] = []
  readonly #anyHost: Rule<T>[] = []
  /** Ports that some route names. */
  readonly #ports: ReadonlySet<number>

  constructor(routes: readonly TableRoute<T>[]) {
    this.#ports = new Set(routes.flatMap(({ options }) => options.ports ?? []))
    for (const route of routes) for (const rule of rulesOf(route)) this.#add(rule)
    for (const rules of this.#exact.values()) rules.sort(byRank)
    for (const [, rules] of this.#wildcards) rules.sort(byRank)
    this.#wildcards.sort(([a], [b]) => b.length - a.length)
    this.#anyHost.sort(byRank)
  }

  #add(rule: Rule<T>): void {
    const hosts = rule.route.options.hosts
    if (hosts === undefined) this.#anyHost.push(rule)
    for (const host of hosts ?? []) {
      const lower = host.toLowerCase()
      if (lower === '*') this.#anyHost.push(rule)
      else if (lower.startsWith('*.')) this.#wildcard(lower.slice(1)).push(rule)
      else {
        const rules = this.#exact.get(lower) ?? []
        rules.push(rule)
        this.#exact.set(lower, rules)
      }
    }
  }

  #wildcard(suffix: string): Rule<T>[] {
    const found = this.#wildcards.find(([known]) => known === suffix)
    if (found !== undefined) return found[1]
    const rules: Rule<T>[] = []
    this.#wildcards.push([suffix, rules])
    return rules
  }

  /** The route of a request. `path` is canonical, without what the gateway is mounted under. */
  match(call: TableSubject, host: string, path: string): TableMatch<T> | undefined {
    const exact = this.#exact.get(host)
    if (exact !== undefined) {
      const found = this.#first(exact, call, path)
      if (found !== undefined) return found
    }
    for (const [suffix, rules] of this.#wildcards)
      if (host.endsWith(suffix)) {
        const found = this.#first(rules, call, path)
        if (found !== undefined) return found
      }
    return this.#first(this.#anyHost, call, path)
  }

  #first(rules: readonly Rule<T>[], call: TableSubject, path: string): TableMatch<T> | undefined {
    const named = this.#ports.has(call.localPort)
    for (const rule of rules) {
      if (named && rule.ports !== undefined && !rule.ports.has(call.localPort)) continue
      const taken = rule.take(path)
      if (taken !== -1 && matches(rule, call)) return { route: rule.route, taken }
    }
    return undefined
  }
}
