import { stringify } from 'node:querystring'
import type { Dispatcher } from 'undici'
import { ClientCall } from '../../core/call.js'
import { MeshError } from '../../core/errors.js'
import { HeaderMap } from '../../core/headers.js'
import { splitUrl, wirePath } from '../../core/url.js'
import type { Origins } from '../../transport/origins.js'
import { dispatchBody } from './body.js'
import { dispatchHeaders } from './headers.js'

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

function bad(message: string): MeshError {
  return new MeshError('ERR_MESH_BAD_REQUEST', message)
}

function withQuery(path: string, query: Dispatcher.DispatchOptions['query']): string {
  if (query === undefined || query === null) return path
  if (path.includes('?') || path.includes('#')) throw bad('query parameters need a path without "?" and "#"')
  const text = stringify(query)
  return text === '' ? path : `${path}?${text}`
}

/** undici's dispatch options as a call. Throws `ERR_MESH_BAD_REQUEST` and `ERR_MESH_BAD_PATH`. */
export function dispatchCall(options: Dispatcher.DispatchOptions, origins: Origins): ClientCall {
  const { origin, path, method, query } = options
  if ((options.upgrade !== undefined && options.upgrade !== null && options.upgrade !== false) || method === 'CONNECT')
    throw bad('CONNECT and upgrades such as WebSocket do not go through the mesh; give them a dispatcher of their own')
  if (origin === undefined || origin === null) throw bad('the mesh dispatcher needs an origin')
  if (!token.test(method)) throw bad('the method is not an HTTP token')
  const target = splitUrl(typeof origin === 'string' ? origin : origin.origin)
  const { list, host } = dispatchHeaders(options.headers)
  const headers = new HeaderMap(list)
  const { body, type, length } = dispatchBody(options.body)
  if (type !== undefined && !headers.has('content-type')) headers.append('content-type', type)
  if (length !== undefined && !headers.has('content-length')) headers.append('content-length', String(length))
  const authority = host ?? target.authority
  const call = new ClientCall(method, target.scheme, authority, wirePath(withQuery(path, query)), headers, body)
  if (authority !== target.authority) call.endpoint = origins.endpoint(target)
  return call
}
