import { stringify } from 'node:querystring'
import { Dispatcher, errors } from 'undici'
import { ClientCall } from '../../core/call.js'
import { MeshError } from '../../core/errors.js'
import { HeaderMap } from '../../core/headers.js'
import type { Handler } from '../../core/interceptor.js'
import { splitUrl, wirePath } from '../../core/url.js'
import { destroyBody, dispatchBody } from './body.js'
import { dispatchHeaders } from './headers.js'
import { Relay } from './relay.js'
import { sinkFor } from './sink.js'

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
function callOf(options: Dispatcher.DispatchOptions): ClientCall {
  const { origin, path, method, query } = options
  if (options.upgrade || method === 'CONNECT')
    throw bad('CONNECT and upgrades such as WebSocket do not go through the mesh; give them a dispatcher of their own')
  if (origin === undefined || origin === null) throw bad('the mesh dispatcher needs an origin')
  if (!token.test(method)) throw bad('the method is not an HTTP token')
  const target = splitUrl(typeof origin === 'string' ? origin : origin.origin)
  const { list, host } = dispatchHeaders(options.headers)
  const headers = new HeaderMap(list)
  const { body, type, length } = dispatchBody(options.body)
  if (type !== undefined && !headers.has('content-type')) headers.append('content-type', type)
  if (length !== undefined && !headers.has('content-length')) headers.append('content-length', String(length))
  return new ClientCall(
    method,
    target.scheme,
    host ?? target.authority,
    wirePath(withQuery(path, query)),
    headers,
    body,
  )
}

type Done = () => void

/** Ends nothing: the mesh closes its own connections. */
function settled(callback: Done | undefined): Promise<void> | undefined {
  if (callback === undefined) return Promise.resolve()
  queueMicrotask(callback)
  return undefined
}

class MeshDispatcher extends Dispatcher {
  readonly #send: Handler<ClientCall>

  constructor(send: Handler<ClientCall>) {
    super()
    this.#send = send
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    if (typeof handler !== 'object' || handler === null) throw new errors.InvalidArgumentError('handler must be an object')
    let call: ClientCall
    try {
      call = callOf(options)
    } catch (error) {
      destroyBody(options.body, error)
      refuse(handler, error instanceof Error ? error : new Error(String(error)))
      return true
    }
    void new Relay(call, handler).run(this.#send)
    return true
  }
}
