import { MeshError } from '../../core/errors.js'
import { guarding } from '../../core/guard.js'
import type { Interceptor } from '../../core/interceptor.js'
import type { Observer } from '../../core/observer.js'
import type { ConsumerRef, ServerCall } from '../../core/server-call.js'
import type { ConsumerStore } from '../consumers.js'
import { actAsAnonymous, actAsConsumer, kongUnauthorized } from '../kong.js'
import { hasBareQuery } from '../request-values.js'
import { type FindKey, hideKey, type KeyPlaces, keyValues } from './find-key.js'
import type { ApiKeyOptions } from './options.js'

/** One place for each name and kind, in Kong's order: name by name, the header before the query. */
function lookups({ headers, query }: KeyPlaces): readonly KeyPlaces[] {
  return [...new Set([...headers, ...query])].flatMap((name) => [
    { headers: headers.includes(name) ? [name.toLowerCase()] : [], query: [] },
    { headers: [], query: query.includes(name) ? [name] : [] },
  ])
}

/** A parameter without an equals sign is no text to Kong, which goes on to the next name. */
function isBare({ path }: ServerCall, { query: [name] }: KeyPlaces): boolean {
  return name !== undefined && hasBareQuery(path.query, name)
}

/**
 * Kong's key-auth plugin: the first place that has a key decides, an empty one too, a repeated key is refused, its words
 * and its 401.
 */
export function kongApiKey(
  options: ApiKeyOptions,
  find: FindKey,
  consumers: ConsumerStore,
  observer: Observer,
): Interceptor<ServerCall> {
  const { headers = ['apikey'], query = ['apikey'] } = options
  const order = lookups({ headers, query })
  const places: KeyPlaces = { headers: headers.map((name) => name.toLowerCase()), query }
  const { anonymous, realm } = options
  const challenge = realm === undefined ? 'Key' : `Key realm="${realm}"`

  function authenticate(call: ServerCall): ConsumerRef {
    for (const place of order) {
      const [key, again] = keyValues(call, place)
      if (key === undefined) continue
      if (again !== undefined) throw kongUnauthorized(call, 'Duplicate API key found', challenge, 'api_key_ambiguous')
      if (key === '' && isBare(call, place)) continue
      if (key === '') break
      const consumer = find(key)
      if (consumer !== undefined) return consumer
      throw kongUnauthorized(call, 'Unauthorized', challenge, 'api_key_unknown')
    }
    throw kongUnauthorized(call, 'No API key found in request', challenge, 'api_key_missing')
  }

  function settle(call: ServerCall): void {
    try {
      const consumer = authenticate(call)
      if (options.hideCredentials === true) hideKey(call, places)
      actAsConsumer(call, consumer)
      observer.emit('authentication', { method: 'api-key', result: 'ok', reason: 'ok' })
    } catch (error) {
      const reason = error instanceof MeshError ? (error.detail ?? 'internal').replace('api_key_', '') : 'internal'
      observer.emit('authentication', { method: 'api-key', result: 'refused', reason })
      if (anonymous === undefined) throw error
      actAsAnonymous(call, consumers, anonymous)
    }
  }

  return guarding(function authenticateByKongKey(call: ServerCall) {
    const passes =
      (options.runOnPreflight === false && call.method === 'OPTIONS') ||
      (anonymous !== undefined && call.consumer?.credentialId !== undefined)
    if (!passes) settle(call)
    return undefined
  })
}
