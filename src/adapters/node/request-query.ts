import type { IncomingMessage } from 'node:http'

/** What frameworks keep beside Node's own URL; Express 4 parses the query before any middleware of the user's. */
interface FrameworkRequest extends IncomingMessage, HasQuery {
  originalUrl?: unknown
}

/** Something that may hold a parsed query of its own. */
export interface HasQuery {
  readonly query?: unknown
}

function withQuery(url: string, query: string): string {
  const end = url.indexOf('?')
  const path = end === -1 ? url : url.slice(0, end)
  return query === '' ? path : `${path}?${query}`
}

/** Takes out of a parsed query what is in its text no more. */
function takeOut(holder: HasQuery, before: string, after: string): void {
  const { query } = holder
  if (typeof query !== 'object' || query === null) return
  const left = new URLSearchParams(after)
  for (const name of new URLSearchParams(before).keys()) if (!left.has(name)) Reflect.deleteProperty(query, name)
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
  request.url = withQuery(request.url ?? '/', after)
  if (typeof request.originalUrl === 'string') request.originalUrl = withQuery(request.originalUrl, after)
  if (Object.hasOwn(request, 'query')) takeOut(request, before, after)
  if (holder !== undefined) takeOut(holder, before, after)
}
