import { byRank, matches, type Rule, rulesOf, type TableRoute, type TableSubject } from './rule.js'

/** A match: the route, and how much of the path it took. */
export interface TableMatch<T> {
  readonly route: TableRoute<T>
  /** Length of what was matched: a prefix, the beginning that a regular expression takes, or the whole path. */
  readonly taken: number
}

interface Found<T> extends TableMatch<T> {
  readonly rule: Rule<T>
}

/** The rules of one host, each dialect by its own order. */
interface HostRules<T> {
  readonly kong: Rule<T>[]
  readonly native: Rule<T>[]
}

/**
 * The gateway's routes: by host (exact, then the longest wildcard, then any), and within a host exact paths before
 * regular expressions before prefixes, the longer first. Those of Kong's dialect come before others of their host, and
 * are among themselves in the order of Kong's router, in which a host is a condition like others.
 */
export class GatewayTable<T> {
  readonly #exact = new Map<string, HostRules<T>>()
  readonly #wildcards: (readonly [suffix: string, rules: HostRules<T>])[] = []
  readonly #anyHost: HostRules<T> = { kong: [], native: [] }
  /** Ports that some route names. */
  readonly #ports: ReadonlySet<number>

  constructor(routes: readonly TableRoute<T>[]) {
    this.#ports = new Set(routes.flatMap(({ options }) => options.ports ?? []))
    for (const route of routes) for (const rule of rulesOf(route)) this.#add(rule)
    this.#wildcards.sort(([a], [b]) => b.length - a.length)
    const all = [...this.#exact.values(), ...this.#wildcards.map(([, rules]) => rules), this.#anyHost]
    for (const { kong, native } of all) {
      kong.sort(byRank)
      native.sort(byRank)
    }
  }

  #add(rule: Rule<T>): void {
    const { hosts = ['*'], dialect } = rule.route.options
    for (const host of hosts) this.#rulesOf(host.toLowerCase())[dialect === 'kong' ? 'kong' : 'native'].push(rule)
  }

  #rulesOf(host: string): HostRules<T> {
    if (host === '*') return this.#anyHost
    const wildcard = host.startsWith('*.') ? host.slice(1) : undefined
    const known =
      wildcard === undefined ? this.#exact.get(host) : this.#wildcards.find(([suffix]) => suffix === wildcard)?.[1]
    if (known !== undefined) return known
    const rules: HostRules<T> = { kong: [], native: [] }
    if (wildcard === undefined) this.#exact.set(host, rules)
    else this.#wildcards.push([wildcard, rules])
    return rules
  }

  /** The route of a request. `path` is canonical, without what the gateway is mounted under. */
  match(call: TableSubject, host: string, path: string): TableMatch<T> | undefined {
    const exact = this.#exact.get(host)
    let found = exact === undefined ? undefined : this.#next(exact, undefined, call, path)
    if (found !== undefined && found.route.options.dialect !== 'kong') return found
    for (const [suffix, rules] of this.#wildcards)
      if (host.endsWith(suffix)) found = this.#next(rules, found, call, path)
    return this.#next(this.#anyHost, found, call, path)
  }

  /** What a request takes when it has found something, or nothing, for closer hosts. */
  #next(rules: HostRules<T>, closer: Found<T> | undefined, call: TableSubject, path: string): Found<T> | undefined {
    if (closer !== undefined && closer.route.options.dialect !== 'kong') return closer
    const kong = this.#first(rules.kong, call, path)
    if (closer === undefined) return kong ?? this.#first(rules.native, call, path)
    return kong !== undefined && byRank(kong.rule, closer.rule) < 0 ? kong : closer
  }

  #first(rules: readonly Rule<T>[], call: TableSubject, path: string): Found<T> | undefined {
    const named = this.#ports.has(call.localPort)
    for (const rule of rules) {
      if (named && rule.ports !== undefined && !rule.ports.has(call.localPort)) continue
      const taken = rule.take(path)
      if (taken !== -1 && matches(rule, call)) return { route: rule.route, taken, rule }
    }
    return undefined
  }
}
