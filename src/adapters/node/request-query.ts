import type { IncomingMessage } from 'node:http'
import { withoutQuery } from '../../auth/request-values.js'

/** What frameworks keep beside Node's own URL; Express 4 parses the query before any middleware of the user's. */
interface FrameworkRequest extends IncomingMessage, HasQuery {
  originalUrl?: unknown
}

/** Something that may hold a parsed query of its own. */
export interface HasQuery {
  readonly query?: unknown
}

/** The names of the parameters that are in a query no more. */
function takenOut(before: string, after: string): readonly string[] {
  const left = parsed(after)
  return [...parsed(before).keys()].filter((name) => !left.has(name))
}

/** `URLSearchParams` takes a question mark in front of a query for its sign, frameworks for the beginning of a name. */
function parsed(query: string): URLSearchParams {
  return new URLSearchParams(`&${query}`)
}

/** A URL with what is left of its query; of its own, where the application has rewritten it. */
function withQueryLeft(url: string, before: string, after: string, names: readonly string[]): string {
  const question = url.indexOf('?')
  if (question === -1) return url
  const own = url.slice(question + 1)
  const left = own === before ? after : withoutQuery(own, names)
  if (left === own) return url
  return left === '' ? url.slice(0, question) : url.slice(0, question + 1) + left
}

/** Takes parameters out of a parsed query. */
function takeOut({ query }: HasQuery, names: readonly string[]): void {
  if (typeof query !== 'object' || query === null) return
  for (const name of names) Reflect.deleteProperty(query, name)
}

/**
 * Shows the application the query that policies left: a credential in it would go on into its logs. Express 5 parses anew
 * what has changed; `holder` is Fastify's request, which has parsed it already.
 */
export function showQuery(
  request: FrameworkRequest,
  holder: HasQuery | undefined,
  before: string,
  after: string,
): void {
  const names = takenOut(before, after)
  request.url = withQueryLeft(request.url ?? '/', before, after, names)
  if (typeof request.originalUrl === 'string')
    request.originalUrl = withQueryLeft(request.originalUrl, before, after, names)
  if (Object.hasOwn(request, 'query')) takeOut(request, names)
  if (holder !== undefined) takeOut(holder, names)
}
