import { type BodyStream, bodyFailure, type RequestBody } from '../core/body.js'
import type { HeaderMap } from '../core/headers.js'

/** Envoy keeps up to 1 MiB of each; this is what does no harm to a process that has thousands of requests. */
const shortBytes = 65_536

async function collect(stream: BodyStream): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  try {
    for await (const chunk of stream) chunks.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk)
  } catch (error) {
    throw bodyFailure(error)
  }
  return Buffer.concat(chunks)
}

/**
 * Reads a body that says that it is short, so that a call with it can be retried and mirrored. Undefined for every other:
 * it is there already, or it is streamed and can be sent only once.
 */
export function readShortBody(body: RequestBody, headers: HeaderMap): Promise<RequestBody> | undefined {
  if (body.kind !== 'stream') return undefined
  const length = headers.get('content-length')
  if (length === undefined || Number(length) > shortBytes) return undefined
  return collect(body.stream).then((bytes) => ({ kind: 'bytes', bytes }))
}
