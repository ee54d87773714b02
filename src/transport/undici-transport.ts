import type { ClientCall } from '../core/call.js'
import type { Handler } from '../core/interceptor.js'
import { Origins } from './origins.js'
import { createTransport, type TransportOptions } from './transport.js'

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
  const origins = new Origins()

  function sendToHost(call: ClientCall): ReturnType<Handler<ClientCall>> {
    call.endpoint ??= origins.endpoint(call)
    return transport.send(call)
  }

  return Object.assign(sendToHost, { close: () => transport.close(), destroy: () => transport.destroy() })
}
