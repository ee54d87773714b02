import { MeshError } from '../../core/errors.js'
import type { ServerCall } from '../../core/server-call.js'
import { cookieValues, queryValues } from '../request-values.js'
import type { JwtSources } from './options.js'

interface HeaderSource {
  /** Lower case. */
  readonly name: string
  readonly prefix: string
}

/** Where tokens are looked for, with every default filled in. */
export interface TokenSources {
  readonly headers: readonly HeaderSource[]
  readonly query: readonly string[]
  readonly cookies: readonly string[]
}

/** Fills in the defaults: `Authorization: Bearer`, and nothing else. */
export function tokenSources(from: JwtSources | undefined): TokenSources {
  const headers = from?.headers ?? (from === undefined ? [{ name: 'authorization' }] : [])
  return {
    headers: headers.map(({ name, prefix }) => {
      const lower = name.toLowerCase()
      return { name: lower, prefix: (prefix ?? (lower === 'authorization' ? 'Bearer ' : '')).toLowerCase() }
    }),
    query: from?.query ?? [],
    cookies: from?.cookies ?? [],
  }
}

/** What follows the prefix; empty - a token that cannot count - when the scheme is right and the rest is not. */
function afterPrefix(value: string, prefix: string): string | undefined {
  const written = value.slice(0, prefix.length)
  const start = written === prefix ? written : written.toLowerCase()
  if (start === prefix) return value.slice(prefix.length)
  const scheme = prefix.trimEnd()
  if (scheme === prefix || !start.startsWith(scheme)) return undefined
  return /^[a-z0-9_-]/i.test(value.slice(scheme.length)) ? undefined : ''
}

/** A second token is one too many: whose would count is open. */
function only(found: string | undefined, token: string): string {
  if (found !== undefined) throw new MeshError('ERR_MESH_BAD_REQUEST', 'more than one token in the request')
  return token
}

/** The token of a call, if it has one. Throws `ERR_MESH_BAD_REQUEST` when it has several. */
export function extractToken(call: ServerCall, sources: TokenSources): string | undefined {
  let found: string | undefined
  for (const { name, prefix } of sources.headers) {
    const values = call.headers.getAll(name)
    if (values.length > 1) throw new MeshError('ERR_MESH_BAD_REQUEST', `more than one ${name} header`)
    const [value = ''] = values
    const token = value === '' ? undefined : afterPrefix(value, prefix)
    if (token !== undefined) found = only(found, token)
  }
  for (const name of sources.query)
    for (const token of queryValues(call.path.query, name)) if (token !== '') found = only(found, token)
  for (const name of sources.cookies)
    for (const token of cookieValues(call.headers.get('cookie'), name)) if (token !== '') found = only(found, token)
  return found
}
