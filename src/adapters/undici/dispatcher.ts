import { type Dispatcher, errors } from 'undici'
import type { ClientCall } from '../../core/call.js'
import type { Handler } from '../../core/interceptor.js'
import { Origins } from '../../transport/origins.js'
import { dispatchCall } from './dispatch-call.js'
import { LentDispatcher } from './lent-dispatcher.js'
import { Relay } from './relay.js'

class MeshDispatcher extends LentDispatcher {
  readonly #send: Handler<ClientCall>
  readonly #origins = new Origins()

  constructor(send: Handler<ClientCall>) {
    super()
    this.#send = send
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    if (typeof handler !== 'object' || handler === null)
      throw new errors.InvalidArgumentError('handler must be an object')
    const relay = new Relay(handler)
    try {
      const call = dispatchCall(options, this.#origins)
      void relay.run(call, this.#send)
    } catch (error) {
      relay.refuse(error)
    }
    // Never busy: limits are the mesh's affair.
    return true
  }
}

/**
 * An undici `Dispatcher` in front of a chain of ours: `{ dispatcher }` or `setGlobalDispatcher` puts `undici.request`,
 * `undici.fetch` and the built-in fetch of Node 20 to 26 behind the mesh. Replies are handed on as they came, bodies
 * with backpressure; failures arrive as `MeshError`s. The mesh's own timeouts hold in place of `headersTimeout` and
 * `bodyTimeout`; upgrades and CONNECT are refused; `close` and `destroy` leave the mesh open.
 *
 * @example
 * setGlobalDispatcher(createDispatcher(compose([retry({ attempts: 2 })], undiciTransport())))
 */
export function createDispatcher(send: Handler<ClientCall>): Dispatcher {
  return new MeshDispatcher(send)
}
