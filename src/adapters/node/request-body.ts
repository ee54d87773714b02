import type { IncomingMessage } from 'node:http'
import { noBody, type RequestBody } from '../../core/body.js'
import { MeshError } from '../../core/errors.js'

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
  const type = request.headers['content-type'] ?? ''
  if (body === undefined || type.startsWith('multipart/'))
    throw new MeshError('ERR_MESH_INTERNAL', 'the request body was read before the gateway and cannot be made again')
  if (type.startsWith('application/x-www-form-urlencoded') && typeof body === 'object' && body !== null)
    return { kind: 'bytes', bytes: formText(body) }
  return { kind: 'bytes', bytes: JSON.stringify(body) }
}

function formText(fields: object): string {
  const form = new URLSearchParams()
  for (const [name, value] of Object.entries(fields)) addField(form, name, value)
  return form.toString()
}

/** As body parsers read it: a list repeats its name, an object has its keys in brackets. */
function addField(form: URLSearchParams, name: string, value: unknown): void {
  if (typeof value !== 'object' || value === null) form.append(name, String(value))
  else if (Array.isArray(value) && value.every((one) => typeof one !== 'object'))
    for (const one of value) form.append(name, String(one))
  else for (const [key, inner] of Object.entries(value)) addField(form, `${name}[${key}]`, inner)
}

/** The body of a request: the stream itself, or what a body parser has made of it, serialised again. */
export function inboundBody(request: IncomingMessage): RequestBody {
  if (!hasBody(request)) return noBody
  if (!request.readableDidRead && !request.readableEnded) return { kind: 'stream', stream: request, used: false }
  return reserialised(request)
}
