import { MeshError } from '../../src/core/errors.js'
import { HeaderMap } from '../../src/core/headers.js'
import type { Interceptor } from '../../src/core/interceptor.js'
import { directReply, type Reply } from '../../src/core/reply.js'
import { ServerCall, type ServerCallInit } from '../../src/core/server-call.js'
import { exchange } from '../core/exchange.js'

/** A call as an adapter would make it. */
export function inbound(
  headers: Readonly<Record<string, string | readonly string[]>> = {},
  init: Partial<Omit<ServerCallInit, 'headers'>> = {},
): ServerCall {
  return new ServerCall({
    method: 'GET',
    target: '/',
    scheme: 'http',
    remoteAddress: '10.0.0.7',
    localPort: 8080,
    exchange: exchange(),
    ...init,
    headers: HeaderMap.from(headers),
  })
}

/** What a call came to: the status of the answer, or the error that refused it. */
export interface Outcome {
  readonly status: number
  readonly error: MeshError | undefined
  readonly reply: Reply | undefined
}

/** Runs one interceptor before an application that answers 200. */
export async function run(interceptor: Interceptor<ServerCall>, call: ServerCall): Promise<Outcome> {
  try {
    const reply = await interceptor(call, async () => directReply(200))
    return { status: reply.status, error: undefined, reply }
  } catch (error) {
    if (!(error instanceof MeshError)) throw error
    return { status: error.status, error, reply: undefined }
  }
}
