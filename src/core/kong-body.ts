import type { ServerCall } from './server-call.js'

/** What Kong says when it refuses: a message, and the id that the request is found by. */
export function kongBody(message: string, { requestId }: Pick<ServerCall, 'requestId'>): string {
  return JSON.stringify(requestId === '' ? { message } : { message, request_id: requestId })
}
