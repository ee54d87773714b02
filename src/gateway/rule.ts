import type { GatewayPath, GatewayRouteOptions } from '../config/gateway.js'
import { compileRegex } from '../core/regex.js'
import type { ServerCall } from '../core/server-call.js'
import { compileMatch, type Matcher } from '../core/string-match.js'
import { schemeOf } from './proxy-headers.js'

/** What of a request a rule looks at. */
export type TableSubject = Pick<ServerCall, 'method' | 'headers' | 'scheme' | 'localPort'>

/** A route in the table; `T` is what the gateway keeps with it. */
export interface TableRoute<T> {
  readonly name: string
  readonly options: GatewayRouteOptions
  readonly value: T
}

/** One path of a route, with all that the route asks for. */
export interface Rule<T> {
  readonly route: TableRoute<T>
  /** How much of a path it takes; -1 for none of it. */
  readonly take: (path: string) => number
  readonly methods: ReadonlySet<string> | undefined
  readonly schemes: ReadonlySet<string> | undefined
  readonly ports: ReadonlySet<number> | undefined
  readonly headers: readonly (readonly [string, Matcher])[]
  /** Higher first, from its first number on; comparable within a dialect. */
  readonly rank: readonly number[]
}

interface PathTest {
  readonly take: (path: string) => number
  readonly kind: 'any' | 'prefix' | 'regex' | 'exact'
  readonly length: number
}

const kinds: readonly PathTest['kind'][] = ['any', 'prefix', 'regex', 'exact']

function exactly(path: string): PathTest['take'] {
  return (given) => (given === path ? path.length : -1)
}

function segments(bare: string): PathTest['take'] {
  return (path) => (path === bare || path.startsWith(`${bare}/`) ? bare.length : -1)
}

function pathTest(path: GatewayPath | undefined): PathTest {
  if (path === undefined) return { take: () => 0, kind: 'any', length: 0 }
  if (typeof path === 'string')
    return { take: segments(path.endsWith('/') ? path.slice(0, -1) : path), kind: 'prefix', length: path.length }
  if ('exact' in path) return { take: exactly(path.exact), kind: 'exact', length: path.exact.length }
  if ('prefix' in path) {
    const { prefix } = path
    return { take: (given) => (given.startsWith(prefix) ? prefix.length : -1), kind: 'prefix', length: prefix.length }
  }
  const regex = compileRegex(path.regex)
  return { take: (given) => regex.prefixLength(given), kind: 'regex', length: path.regex.length }
}

/** What Kong's Ingress controller makes of a path: the whole one is a regular expression, and segments are two paths. */
function kongTests(path: GatewayPath | undefined): readonly PathTest[] {
  if (typeof path !== 'string') {
    const test = pathTest(path)
    return [test.kind === 'exact' ? { ...test, kind: 'regex', length: test.length + 1 } : test]
  }
  const bare = path.endsWith('/') ? path.slice(0, -1) : path
  const below: PathTest = { take: segments(bare), kind: 'prefix', length: bare.length + 1 }
  return bare === '' ? [below] : [{ take: exactly(bare), kind: 'regex', length: bare.length + 1 }, below]
}

/** Kong's router: more kinds of conditions, plain hosts alone, more headers, regular expressions, the longer path. */
function kongRank({ hosts, headers, methods }: GatewayRouteOptions, { kind, length }: PathTest): readonly number[] {
  const given = [hosts !== undefined, headers !== undefined, methods !== undefined, kind !== 'any']
  const plain = hosts?.every((host) => !host.includes('*')) === true
  return [
    given.filter(Boolean).length,
    Number(plain),
    Object.keys(headers ?? {}).length,
    Number(kind === 'regex'),
    length,
  ]
}

/** The rules of a route: one for each path, under Kong's dialect up to two. */
export function rulesOf<T>(route: TableRoute<T>): readonly Rule<T>[] {
  const { options } = route
  const { methods, schemes, ports, dialect } = options
  const headers = Object.entries(options.headers ?? {}).map(
    ([name, match]) => [name.toLowerCase(), compileMatch(match)] as const,
  )
  const conditions = headers.length + [methods, schemes, ports].filter((one) => one !== undefined).length
  const asked = {
    route,
    methods: methods === undefined ? undefined : new Set(methods),
    schemes: schemes === undefined ? undefined : new Set<string>(schemes),
    ports: ports === undefined ? undefined : new Set(ports),
    headers,
  }
  return (options.paths ?? [undefined]).flatMap((path) =>
    dialect === 'kong'
      ? kongTests(path).map((test) => ({ ...asked, take: test.take, rank: kongRank(options, test) }))
      : [pathTest(path)].map(({ take, kind, length }) => ({
          ...asked,
          take,
          rank: [kinds.indexOf(kind), length, conditions],
        })),
  )
}

/** Negative when `a` comes first. */
export function byRank(a: Pick<Rule<unknown>, 'rank'>, b: Pick<Rule<unknown>, 'rank'>): number {
  for (const [i, own] of a.rank.entries()) {
    const other = b.rank[i] ?? 0
    if (own !== other) return other - own
  }
  return 0
}

/** Whether a request has all that a rule asks for, its path and port apart. */
export function matches<T>(rule: Rule<T>, call: TableSubject): boolean {
  if (rule.methods !== undefined && !rule.methods.has(call.method)) return false
  if (rule.schemes !== undefined && !rule.schemes.has(schemeOf(call))) return false
  return rule.headers.every(([name, test]) => test(call.headers.get(name)))
}
