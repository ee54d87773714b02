import type { ConsumerRef, ServerCall } from '../../core/server-call.js'
import { ApiKeyIndex, credentialIdOf } from '../api-key-index.js'
import type { ConsumerStore } from '../consumers.js'
import { queryValues, withoutQuery } from '../request-values.js'
import type { ApiKeyOptions } from './options.js'

/** Looks an API key up. */
export type FindKey = (key: string) => ConsumerRef | undefined

/** Where keys are looked for: header names in lower case, and query parameters. */
export interface KeyPlaces {
  readonly headers: readonly string[]
  readonly query: readonly string[]
}

/** The keys that the options name, else those of the consumers. */
export function keyFinder(options: ApiKeyOptions, consumers: ConsumerStore): FindKey {
  if (options.keys === undefined) return consumers.byApiKey
  const index = new ApiKeyIndex<ConsumerRef>()
  for (const key of options.keys) {
    const id = credentialIdOf(key)
    index.add(key, { id, username: undefined, customId: undefined, groups: [], credentialId: id })
  }
  return (key) => index.find(key)
}

/** Every value that a call has under a name. */
export function keyValues(call: ServerCall, places: KeyPlaces): string[] {
  const keys = places.headers.flatMap((name) => call.headers.getAll(name))
  for (const name of places.query) keys.push(...queryValues(call.path.query, name))
  return keys
}

/** Takes the key out of the call, so that neither the upstream nor the application sees it. */
export function hideKey(call: ServerCall, places: KeyPlaces): void {
  for (const name of places.headers) call.headers.delete(name)
  const { query } = call.path
  if (places.query.length === 0 || query === '') return
  const left = withoutQuery(query, places.query)
  if (left !== query) call.replaceQuery(left)
}
