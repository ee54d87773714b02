import type { IncomingMessage } from 'node:http'
import { noBody, type RequestBody } from '../../core/body.js'

function hasBody(request: IncomingMessage): boolean {
  const length = request.headers['content-length']
  return request.headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0')
}

/** What a body parser left on the request. */
interface Parsed {
  body?: unknown
  rawBody?: unknown
}

function reserialised(request: IncomingMessage & Parsed): RequestBody {
  const { body, rawBody } = request
  for (const raw of [rawBody, body])
    if (typeof raw === 'string' || raw instanceof Uint8Array) return { kind: 'bytes', bytes: raw }
  if (body === undefined || body === null) return noBody
  const type = request.headers['content-type'] ?? ''
  if (type.startsWith('application/x-www-form-urlencoded') && typeof body === 'object')
    return { kind: 'bytes', bytes: formText(Object.entries(body)) }
  return { kind: 'bytes', bytes: JSON.stringify(body) }
}

function formText(entries: readonly [string, unknown][]): string {
  const form = new URLSearchParams()
  for (const [name, value] of entries)
    for (const one of Array.isArray(value) ? value : [value]) form.append(name, String(one))
  return form.toString()
}

/** The body of a request: the stream itself, or what a body parser has made of it, serialised again. */
export function inboundBody(request: IncomingMessage): RequestBody {
  if (!hasBody(request)) return noBody
  if (!request.readableDidRead && !request.readableEnded) return { kind: 'stream', stream: request, used: false }
  return reserialised(request)
}
