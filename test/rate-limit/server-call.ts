import { HeaderMap } from '../../src/core/headers.js'
import { directReply, type Reply } from '../../src/core/reply.js'
import { ServerCall } from '../../src/core/server-call.js'
import { exchange } from '../core/exchange.js'

/** An inbound call as an adapter would make it. */
export function inboundCall(
  init: { target?: string; address?: string; client?: string; headers?: Record<string, string>; method?: string } = {},
): ServerCall {
  const call = new ServerCall({
    method: init.method ?? 'GET',
    target: init.target ?? '/',
    headers: HeaderMap.from(init.headers),
    scheme: 'http',
    remoteAddress: init.address ?? '192.0.2.1',
    localPort: 80,
    exchange: exchange({ serve: application }),
  })
  if (init.client !== undefined) call.clientAddress = init.client
  return call
}

/** The application behind the chain. */
export const application = (): Promise<Reply> => Promise.resolve(directReply(200))
