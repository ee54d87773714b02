import type { Socket } from 'node:net'

/** An error that undici takes for the loss of an established connection: calls that only wait for it get another. */
export function connectionLoss(message: string, cause?: unknown): Error {
  return Object.assign(new Error(message, { cause }), { code: 'UND_ERR_SOCKET' })
}

function isSystemError(error: unknown): error is Error {
  return error instanceof Error && 'errno' in error && typeof error.errno === 'number'
}

/**
 * From now on a socket tells what the system says of it as a loss. By its own code undici takes a reset for the end of a
 * reply that has no length, and whatever happens to a kept connection for a failure of the calls that wait for it.
 */
export function tellLosses(socket: Socket): void {
  const destroy = socket.destroy.bind(socket)
  function destroyed(error?: Error, ...rest: []): Socket {
    return destroy(isSystemError(error) ? connectionLoss(error.message, error) : error, ...rest)
  }
  Object.assign(socket, { destroy: destroyed })
}
