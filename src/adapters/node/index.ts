import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ServerChain } from '../../server/chain.js'
import { NodeExchange } from './exchange.js'

/** A chain that answers by itself - a gateway - as a Node request handler. */
export function nodeHandler(chain: ServerChain): (request: IncomingMessage, response: ServerResponse) => void {
  return function handle(request, response) {
    new NodeExchange(request, response, chain, () => {}).run(request.url ?? '/')
  }
}

/** A chain around an application of the user's, as a Node request handler. */
export function guardedHandler(
  chain: ServerChain,
  app: (request: IncomingMessage, response: ServerResponse) => void,
): (request: IncomingMessage, response: ServerResponse) => void {
  return function guard(request, response) {
    new NodeExchange(request, response, chain, () => app(request, response)).run(request.url ?? '/')
  }
}
