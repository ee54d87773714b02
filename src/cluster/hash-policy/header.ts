import { withoutBlanks } from '../../core/blanks.js'
import type { ClientCall } from '../../core/call.js'
import { type Hash64, zeroHash } from '../../core/hash/hash64.js'
import { xxHash64 } from '../../core/hash/xxhash64.js'
import { compileRegex } from '../../core/regex.js'
import { compileRewrite } from '../../core/rewrite.js'
import type { HashOf } from './hash-of.js'
import type { HeaderHash } from './options.js'

/** What Envoy keeps in header form, and a call in fields. */
const fields: ReadonlyMap<string, (call: ClientCall) => string> = new Map([
  ['host', (call: ClientCall) => call.authority],
  [':authority', (call: ClientCall) => call.authority],
  [':path', (call: ClientCall) => call.path],
  [':method', (call: ClientCall) => call.method],
  [':scheme', (call: ClientCall) => call.scheme],
])

function rewriter(rewrite: HeaderHash['rewrite']): (value: string) => string {
  if (rewrite === undefined) return withoutBlanks
  const replace = compileRewrite(compileRegex(rewrite.pattern), rewrite.substitution)
  return (value) => replace(withoutBlanks(value))
}

/** Hashes the values of a header, sorted, so that their order makes no difference; each is the next one's seed. */
export function headerHash({ header, rewrite }: HeaderHash): HashOf {
  const name = header.toLowerCase()
  const field = fields.get(name)
  const text = rewriter(rewrite)
  if (field !== undefined) return (call) => xxHash64(text(field(call)))

  return function hashHeader(call) {
    const values = call.headers.getAll(name)
    const [first] = values
    if (first === undefined) return undefined
    if (values.length === 1) return xxHash64(text(first))
    let hash: Hash64 = zeroHash
    for (const value of values.map(text).sort()) hash = xxHash64(value, hash)
    return hash
  }
}
