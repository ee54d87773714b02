import { putAway } from '../../core/body.js'
import { ClientCall } from '../../core/call.js'
import { HeaderMap } from '../../core/headers.js'
import type { Handler } from '../../core/interceptor.js'
import { OneShot } from '../../core/one-shot.js'
import type { Reply } from '../../core/reply.js'
import { SignalLink } from '../../core/signal-link.js'
import { BytesOrigin, ReplyOrigin } from './body-origin.js'
import { decodersFor } from './codings.js'
import type { DecodeLimits } from './decode.js'
import { badReply, fetchFailure } from './failure.js'
import { wireHeaders } from './headers.js'
import { matchesIntegrity } from './integrity.js'
import { peekBody } from './peek.js'
import { isRedirect, redirected, sameOrigin } from './redirect.js'
import { type FetchRequest, fetchRequest } from './request.js'
import { lightResponse, type ResponseHead } from './response.js'
import { ResponseBody } from './response-body.js'
import { Upload } from './upload.js'

/** Settings of a fetch. */
export interface FetchOptions {
  /** Sees every call, each hop of a redirect too, before it is sent. Default: nothing. */
  prepare?: ((call: ClientCall) => void) | undefined
  /** Redirects that are followed. Default 20, as WHATWG's. */
  maxRedirects?: number | undefined
  /** Largest decoded body, in bytes, that is collected from a compressed reply. Default 512 MiB. */
  maxDecodedBytes?: number | undefined
  /** Decoded bytes for each compressed one, beyond the first MiB. Default 100. */
  maxDecodeRatio?: number | undefined
}

/** Taken before anybody can put another in its place. */
const builtInFetch = globalThis.fetch
/** Statuses that have no body. */
const bodiless: ReadonlySet<number> = new Set([101, 103, 204, 205, 304])

function callOf(request: FetchRequest): ClientCall {
  const { url, method } = request
  const headers = new HeaderMap(wireHeaders(request.headers, url.scheme, request.cache))
  return new ClientCall(method, url.scheme, url.authority, url.path, headers, request.body)
}

function headOf(reply: Reply, request: FetchRequest, first: FetchRequest): ResponseHead {
  return {
    status: reply.status,
    statusText: reply.statusText,
    headers: reply.headers,
    url: request.url.href,
    redirected: request !== first,
    type: request === first || sameOrigin(request.url, first.url) ? 'basic' : 'cors',
  }
}

/** Tells the source of a body that nobody will read it. */
function discardBody({ incoming, body }: FetchRequest, reason: unknown): void {
  if (body.kind === 'stream' && !body.used && body.stream instanceof Upload) body.stream.discard(reason)
  // Rejects only for a stream that something else reads by now, and cancels.
  else if (incoming?.locked === false) incoming.cancel(reason).catch(() => {})
  else putAway(body)
}

/** The response, with its body still to come unless it has to be checked first. */
function respond(
  head: ResponseHead,
  reply: Reply,
  request: FetchRequest,
  limits: DecodeLimits,
): Response | Promise<Response> {
  if (request.method === 'HEAD' || bodiless.has(reply.status)) {
    reply.body.dump()
    return lightResponse(head, undefined)
  }
  const origin = new ReplyOrigin(reply.body, decodersFor(reply.headers.get('content-encoding')), limits, request.signal)
  if (request.integrity === '') return lightResponse(head, new ResponseBody(origin), !reply.lease.ended)
  return checked(head, origin, request.integrity)
}

async function checked(head: ResponseHead, origin: ReplyOrigin, integrity: string): Promise<Response> {
  const bytes = await origin.collect()
  if (!matchesIntegrity(bytes, integrity)) throw badReply('integrity mismatch', 'integrity')
  return lightResponse(head, new ResponseBody(new BytesOrigin(bytes)))
}

/**
 * A drop-in for the built-in `fetch` that sends through a chain of ours. Same arguments, same `Response`, same errors -
 * the `MeshError` is the `cause` of the `TypeError` - at a fraction of the cost: WHATWG objects are made only where
 * they are given or asked for. Unlike the built-in, it sends no `sec-fetch-mode`, blocks no port, and limits what a
 * compressed reply may grow to.
 *
 * @example
 * const fetch = createFetch(compose([retry({ attempts: 2 })], undiciTransport()))
 * const reviews = await (await fetch('http://reviews/api')).json()
 */
export function createFetch(send: Handler<ClientCall>, options: FetchOptions = {}): typeof globalThis.fetch {
  const { prepare, maxRedirects = 20 } = options
  const limits: DecodeLimits = {
    maxBytes: options.maxDecodedBytes ?? 512 * 1024 * 1024,
    maxRatio: options.maxDecodeRatio ?? 100,
  }

  async function exchange(asked: FetchRequest, link: SignalLink | undefined): Promise<Response> {
    let first = asked
    try {
      if (asked.incoming !== undefined) first = { ...asked, body: await peekBody(asked.incoming) }
      let request = first
      for (let hops = 0; ; hops++) {
        const call = callOf(request)
        prepare?.(call)
        link?.follow(call)
        const reply = await send(call)
        if (request.body.kind === 'stream') reply.lease.hold(new OneShot(request.body))
        const away = isRedirect(reply.status) && request.redirect !== 'manual'
        const location = away ? reply.headers.get('location') : undefined
        if (away && (location !== undefined || request.redirect === 'error')) {
          reply.body.dump()
          if (request.redirect === 'error') throw badReply('unexpected redirect', 'redirect')
          if (hops === maxRedirects) throw badReply('redirect count exceeded', 'redirect')
          request = redirected(request, reply.status, location ?? '')
          continue
        }
        if (link !== undefined) reply.lease.hold(link)
        try {
          const response = respond(headOf(reply, request, first), reply, request, limits)
          return response instanceof Promise ? await response : response
        } catch (error) {
          reply.body.cancel(error)
          throw error
        }
      }
    } catch (error) {
      link?.release()
      discardBody(first, error)
      throw fetchFailure(error, asked.signal)
    }
  }

  /** Adopts no promise of `exchange`: that would take three more turns. */
  return function fetch(input, init): Promise<Response> {
    try {
      const asked = fetchRequest(input, init)
      if (asked === undefined) return builtInFetch(input, init)
      const { signal } = asked
      if (signal?.aborted !== true)
        return exchange(asked, signal === undefined ? undefined : new SignalLink(signal, asked.owner))
      discardBody(asked, signal.reason)
      return Promise.reject(signal.reason)
    } catch (error) {
      return Promise.reject(error)
    }
  }
}
