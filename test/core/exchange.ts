import { Socket } from 'node:net'
import { noBody } from '../../src/core/body.js'
import { directReply } from '../../src/core/reply.js'
import type { ServerExchange } from '../../src/core/server-call.js'

/** The adapter's side of a request without a connection: the application answers 200. */
export function exchange(more: Partial<ServerExchange> = {}): ServerExchange {
  return {
    socket: new Socket(),
    serve: () => Promise.resolve(directReply(200)),
    declare: () => {},
    body: () => noBody,
    ...more,
  }
}
