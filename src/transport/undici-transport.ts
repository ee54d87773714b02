import type { ClientCall } from '../core/call.js'
import type { EndpointRef } from '../core/endpoint.js'
import type { Handler } from '../core/interceptor.js'
import { LruMap } from '../core/lru.js'
import { portOf } from '../core/url.js'
import { createTransport, type TransportOptions } from './transport.js'

function endpointOf(call: ClientCall): EndpointRef {
  const port = portOf(call.authority, call.scheme)
  const bracketed = call.authority.startsWith('[')
  const host = bracketed
    ? call.authority.slice(1, call.authority.indexOf(']'))
    : (call.authority.split(':', 1)[0] ?? call.authority)
  const id = `${bracketed ? `[${host}]` : host}:${port}`
  return { id, scheme: call.scheme, host, port, origin: `${call.scheme}://${id}` }
}

/** A transport for chains composed by hand: sends every call to the host of its URL. */
export interface UndiciTransport extends Handler<ClientCall> {
  /** Lets calls in flight end and closes every connection. */
  close(): Promise<void>
  /** Breaks calls in flight off. */
  destroy(): Promise<void>
}

/**
 * The end of a chain composed by hand.
 *
 * @example
 * const send = compose([timeout({ total: '2s' }), retry({ attempts: 2 })], undiciTransport())
 * const reply = await send(clientCall({ url: 'http://10.0.0.7/x' }))
 */
export function undiciTransport(options: TransportOptions = {}): UndiciTransport {
  const transport = createTransport(options)
  const endpoints = new LruMap<string, EndpointRef>(10_000)

  function sendToHost(call: ClientCall): ReturnType<Handler<ClientCall>> {
    if (call.endpoint === undefined) {
      const key = `${call.scheme}://${call.authority}`
      let endpoint = endpoints.get(key)
      if (endpoint === undefined) {
        endpoint = endpointOf(call)
        endpoints.set(key, endpoint)
      }
      call.endpoint = endpoint
    }
    return transport.send(call)
  }

  return Object.assign(sendToHost, { close: () => transport.close(), destroy: () => transport.destroy() })
}
