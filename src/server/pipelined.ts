import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** Node notes on a response that it has emitted `close`: no second one follows. */
interface Response extends ServerResponse {
  _closed?: boolean
}

const queued: unique symbol = Symbol('sidecarless.queued')

interface Carrier extends Socket {
  [queued]?: Set<Response>
}

/** Responses of pipelined requests that have not ended; they get the connection when those before them have. */
export function queuedOn(socket: Carrier): Iterable<ServerResponse> {
  return socket[queued] ?? []
}

function close(response: Response): void {
  response.destroy()
  response._closed = true
  response.emit('close')
}

/**
 * Has a pipelined response end with its connection, for everybody who listens to it: Node tells only the one whose turn it
 * is, and whoever waited for another would wait for ever. Does nothing for a response that has the connection already.
 */
export function closeWithConnection(socket: Carrier, response: Response): void {
  if (response.socket !== null) return
  let responses = socket[queued]
  if (responses === undefined) {
    const waiting = new Set<Response>()
    responses = waiting
    socket[queued] = waiting
    socket.once('close', () => {
      for (const one of waiting) if (one.socket === null) close(one)
    })
  }
  if (responses.has(response)) return
  responses.add(response)
  response.once('close', () => responses.delete(response))
}
