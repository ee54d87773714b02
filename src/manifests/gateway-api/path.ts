import type { PathMatch } from '../../routing/options.js'
import type { Fields } from '../fields.js'

/** What the precedence of a path depends on. A trailing slash of a prefix is gone. */
export interface PathCondition {
  readonly kind: 'Exact' | 'PathPrefix' | 'RegularExpression'
  readonly value: string
}

const kinds = ['Exact', 'PathPrefix', 'RegularExpression'] as const
const allowed = /^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})+$/

/** Why the Gateway API refuses a literal path, in its own order; undefined when it does not. */
function refusal(value: string): string | undefined {
  if (!value.startsWith('/')) return 'must begin with "/".'
  for (const part of ['//', '/./', '/../', '%2f', '%2F', '#'])
    if (value.includes(part)) return `must not have "${part}" in it: no request would match.`
  for (const end of ['/..', '/.']) if (value.endsWith(end)) return `must not end with "${end}".`
  return allowed.test(value) ? undefined : 'has characters that a path cannot have; percent-encode them.'
}

function bare(prefix: string): string {
  return prefix.length > 1 && prefix.endsWith('/') ? prefix.slice(0, -1) : prefix
}

function matchOf({ kind, value }: PathCondition): PathMatch {
  if (kind === 'Exact') return { exact: value }
  return kind === 'PathPrefix' ? { pathPrefix: value } : { regex: value }
}

/** Reads `path` of a match, by default the prefix `/`; undefined when an error was reported. */
export function readPath(match: Fields): { condition: PathCondition; match: PathMatch } | undefined {
  const fields = match.fields('path', { known: ['type', 'value'] })
  const kind = fields?.has('type') === true ? fields.oneOf('type', kinds) : 'PathPrefix'
  const given = fields?.text('value') ?? '/'
  if (kind === undefined) return undefined
  if (fields !== undefined && given.length > 1_024) {
    fields.error('value', 'invalid-value', `has ${given.length} characters; at most 1024 can be.`)
    return undefined
  }
  if (
    fields !== undefined &&
    kind === 'RegularExpression' &&
    fields.has('value') &&
    fields.regex('value') === undefined
  )
    return undefined
  const why = kind === 'RegularExpression' ? undefined : refusal(given)
  if (why !== undefined) {
    fields?.error('value', 'invalid-value', why)
    return undefined
  }
  const condition = { kind, value: kind === 'PathPrefix' ? bare(given) : given }
  return { condition, match: matchOf(condition) }
}
