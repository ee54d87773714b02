import { withoutBlanks } from '../../core/blanks.js'
import { type CanonicalPath, unescaped } from '../../core/path.js'
import { headerBytes } from '../../core/schema/index.js'
import { compilePattern, compilePatterns, type ValueTest } from './pattern.js'

/**
 * Which way doubt goes when a request can be read in more than one way: `wide` matches if any reading does, `narrow`
 * only if all do. Deny rules are wide and their exceptions narrow; allow rules the other way round.
 */
export type Leaning = 'wide' | 'narrow'

/** The leaning of an exception (`not...`) inside a rule. */
export function opposite(leaning: Leaning): Leaning {
  return leaning === 'wide' ? 'narrow' : 'wide'
}

/** A pattern in lower case, as it is written and with its escapes decoded; an exact one without a slash at its end. */
function looseTests(pattern: string): readonly ValueTest[] {
  const isExact = !pattern.startsWith('*') && !pattern.endsWith('*')
  return [...new Set([pattern, unescaped(pattern)])].map((form) => {
    const lower = form.toLowerCase()
    if (!isExact) return compilePattern(lower)
    const bare = lower.length > 1 && lower.endsWith('/') ? lower.slice(0, -1) : lower
    return (alias) => alias === bare
  })
}

/**
 * Compiles path patterns. Wide: any form that some router would dispatch alike (`/ADMIN`, `/admin/`, `/admin;x`, `/a%40b`).
 * Narrow: the canonical path itself, and no such form that falls outside.
 */
export function compilePaths(patterns: readonly string[], leaning: Leaning): (path: CanonicalPath) => boolean {
  const exact = compilePatterns(patterns)
  const tests = patterns.flatMap(looseTests)
  const loose: ValueTest = (alias) => {
    const lower = alias?.toLowerCase()
    return tests.some((test) => test(lower))
  }
  const trimmed: ValueTest = (alias) =>
    loose(alias) || (alias !== undefined && alias.length > 1 && alias.endsWith('/') && loose(alias.slice(0, -1)))
  if (leaning === 'wide') return (path) => exact(path.path) || path.aliases.some(trimmed)
  return function narrow({ path, aliases }) {
    // The only form of a path is lower case: what takes it has no capitals that `loose` would lower.
    return exact(path) && (aliases.length === 1 || aliases.every((alias) => trimmed(alias) || loose(`${alias}/`)))
  }
}

/** Fields that are one value by definition (RFC 9110 and the like): a comma in them separates nothing. */
const singletons: ReadonlySet<string> = new Set([
  'authorization',
  'content-disposition',
  'content-length',
  'content-location',
  'content-range',
  'content-type',
  'cookie',
  'date',
  'expires',
  'from',
  'host',
  'if-modified-since',
  'if-range',
  'if-unmodified-since',
  'last-modified',
  'location',
  'max-forwards',
  'origin',
  'proxy-authorization',
  'range',
  'referer',
  'user-agent',
])

/** The elements of a header that may repeat, by lines and by commas. */
function elementsOf(lines: readonly string[]): readonly string[] {
  const first = lines[0]
  if (lines.length === 1 && first !== undefined && !first.includes(',')) return lines
  const elements = lines.flatMap((line) => line.split(',')).map(withoutBlanks)
  const filled = elements.filter((element) => element !== '')
  return filled.length > 0 ? filled : elements.slice(0, 1)
}

type LinesTest = (lines: readonly string[]) => boolean

/** A pattern with a comma is for the whole header. */
function compileList(patterns: readonly string[], leaning: Leaning): LinesTest {
  const single = compilePatterns(patterns.filter((pattern) => !pattern.includes(',')))
  const whole = compilePatterns(
    patterns
      .filter((pattern) => pattern.includes(','))
      .map((pattern) => pattern.split(',').map(withoutBlanks).join(', ')),
  )
  return function listPasses(lines) {
    if (lines.length === 0) return false
    const elements = elementsOf(lines)
    const passes = leaning === 'wide' ? elements.some(single) : elements.every(single)
    return passes || whole(elements.join(', '))
  }
}

/**
 * Compiles tests of a header that may have several values (CVE-2026-26308). Wide: any value passes; narrow: all do. A
 * field that is no list is compared as it stands, line by line; wide also as the list that a proxy may have made of it.
 * Patterns are compared as their UTF-8, which is what Envoy compares and what tells the names of consumers; wide also in Latin-1.
 */
export function compileHeader(name: string, values: readonly string[], leaning: Leaning): LinesTest {
  if (values.includes('*')) return (lines) => lines.length > 0
  const bytes = values.map(headerBytes)
  const patterns = leaning === 'wide' ? [...new Set([...bytes, ...values])] : bytes
  const list = compileList(patterns, leaning)
  if (!singletons.has(name)) return list
  const line = compilePatterns(patterns)
  return leaning === 'wide'
    ? (lines) => lines.some(line) || list(lines)
    : (lines) => lines.length > 0 && lines.every(line)
}
