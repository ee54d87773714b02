import { MeshError } from '../../core/errors.js'
import { guarding } from '../../core/guard.js'
import type { Interceptor } from '../../core/interceptor.js'
import { Observer } from '../../core/observer.js'
import { validate } from '../../core/schema/index.js'
import type { ServerCall } from '../../core/server-call.js'
import { type ConsumerStore, consumerPrincipal, noConsumers } from '../consumers.js'
import { hideKey, type KeyPlaces, keyFinder, keyValues } from './find-key.js'
import { kongApiKey } from './kong.js'
import { type ApiKeyOptions, apiKeyOptions } from './options.js'

/** What API keys need from outside. */
export interface ApiKeyDeps {
  /** Is told every decision. Default: nobody. */
  observer?: Observer | undefined
  /** Whose keys count when the options name none. Default: nobody's. */
  consumers?: ConsumerStore | undefined
}

/**
 * Protects from unknown clients: an API key in a header (or, when asked for, in the query) names a consumer. Keys are
 * kept and looked up by hash, in constant time. `dialect: 'kong'` follows the key-auth plugin.
 *
 * @example
 * app.use(meshMiddleware([apiKey({ keys: [{ sha256: process.env.PARTNER_KEY_SHA256, id: 'partner' }] })]))
 */
export function apiKey(options: ApiKeyOptions = {}, deps: ApiKeyDeps = {}): Interceptor<ServerCall> {
  const valid = validate(apiKeyOptions, options, 'apiKey')
  const consumers = deps.consumers ?? noConsumers
  const observer = deps.observer ?? new Observer()
  const find = keyFinder(valid, consumers)
  if (valid.dialect === 'kong') return kongApiKey(valid, find, consumers, observer)
  const names = valid.headers ?? ['x-api-key']
  const places: KeyPlaces = { headers: names.map((name) => name.toLowerCase()), query: valid.query ?? [] }
  const challenge = valid.realm === undefined ? 'Key' : `Key realm="${valid.realm}"`

  function refusal(reason: string, message: string): MeshError {
    observer.emit('authentication', { method: 'api-key', result: 'refused', reason })
    const headers = { 'www-authenticate': challenge }
    return new MeshError('ERR_MESH_UNAUTHENTICATED', message, { detail: `api_key_${reason}`, headers })
  }

  function authenticate(call: ServerCall): void {
    const [key, another] = keyValues(call, places)
    if (another !== undefined) throw refusal('ambiguous', 'more than one API key in the request')
    if (key === undefined || key === '') {
      if (valid.optional === true) return
      throw refusal('missing', 'the request has no API key')
    }
    const consumer = find(key)
    if (consumer === undefined) throw refusal('unknown', 'the API key is not known')
    call.consumer = consumer
    call.principal = call.requestPrincipal ?? consumerPrincipal(consumer)
    if (valid.hideCredentials !== false) hideKey(call, places)
    observer.emit('authentication', { method: 'api-key', result: 'ok', reason: 'ok' })
  }

  return guarding(function authenticateByKey(call: ServerCall) {
    authenticate(call)
    return undefined
  })
}
