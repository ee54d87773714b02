import type { ServerResponse } from 'node:http'
import { pipeline } from 'node:stream'
import { MeshError } from '../../core/errors.js'
import type { Reply } from '../../core/reply.js'
import type { ServerCall } from '../../core/server-call.js'
import { faultOf } from '../../core/visit.js'
import { warnOfThrown } from '../../core/warn.js'
import type { ServerChain } from '../../server/chain.js'
import { errorAnswer, faultBehind } from '../../server/problem.js'
import type { HasQuery } from './request-query.js'

/** Where a framework keeps headers for whatever answer there will be, until it writes one itself. */
export interface HeldHeaders {
  /** The framework's own view of the request. */
  readonly request?: HasQuery
  getHeaders(): Readonly<Record<string, number | string | string[] | undefined>>
}

/** Who hears of an error that the client is not told. */
type Faults = Pick<ServerChain, 'onFault'>

/** Adds headers beside those that are there. Node's `appendHeader` checks a header twice that it has no other of. */
function appendHeaders(response: ServerResponse, raw: readonly string[]): void {
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] ?? ''
    if (response.hasHeader(name)) response.appendHeader(name, raw[i + 1] ?? '')
    else response.setHeader(name, raw[i + 1] ?? '')
  }
}

/** Puts the headers that policies declared for the reply onto it; the application may still replace them. */
export function declareHeaders(response: ServerResponse, call: ServerCall): void {
  const { raw } = call.replyHeaders
  if (raw.length > 0 && !response.headersSent) appendHeaders(response, raw)
}

/** Puts headers onto a reply in place of those that are there under their names; repeated ones stay repeated. */
function replaceHeaders(response: ServerResponse, raw: readonly string[]): void {
  for (let i = 0; i < raw.length; i += 2) response.removeHeader(raw[i] ?? '')
  appendHeaders(response, raw)
}

/** What is said of a body, and of how long it may be kept: not of an error's that takes its place. */
const ofTheBody = [
  'accept-ranges',
  'cache-control',
  'content-digest',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-location',
  'content-md5',
  'content-range',
  'etag',
  'expires',
  'last-modified',
  'location',
  'repr-digest',
  'trailer',
  'transfer-encoding',
]

const ofAnothersBody = new Set([...ofTheBody, 'content-length', 'content-type'])

/**
 * A browser shows no answer of another origin without the headers that a CORS plugin has set. What the answer says itself
 * stays, and what Node cannot write is left out: a refusal goes out all the same.
 */
function addHeld(response: ServerResponse, held: HeldHeaders): void {
  for (const [name, value] of Object.entries(held.getHeaders())) {
    if (value === undefined || response.hasHeader(name) || ofAnothersBody.has(name)) continue
    try {
      response.setHeader(name, value)
    } catch {}
  }
}

const printable = /^[\t\x20-\x7e\x80-\xff]+$/

/**
 * Writes a reply: in one write when its body has arrived whole, else as a stream that waits for a slow client. A reply
 * that cannot be written - Node refuses its status or a header, a policy has read its body - becomes an error's answer.
 */
export function writeReply(
  response: ServerResponse,
  call: ServerCall,
  reply: Reply,
  faults: Faults,
  held?: HeldHeaders,
): void {
  const fault = faultOf(reply)
  if (fault !== undefined) {
    writeError(response, call, fault, faults, held)
    return
  }
  if (response.headersSent || response.destroyed) {
    reply.body.cancel()
    return
  }
  try {
    send(response, call, reply, held)
  } catch (error) {
    reply.body.cancel()
    if (!response.headersSent) for (const name of response.getHeaderNames()) response.removeHeader(name)
    writeError(response, call, error, faults)
  }
}

function send(response: ServerResponse, call: ServerCall, reply: Reply, held: HeldHeaders | undefined): void {
  const bodiless = call.method === 'HEAD' || reply.status === 204 || reply.status === 304
  if (!bodiless && reply.body.used)
    throw new MeshError('ERR_MESH_BODY_USED', 'a policy has read the reply body that was to be written')
  let headers = reply.headers.raw.concat(call.replyHeaders.raw)
  // Where a framework has set some, `writeHead` would keep the last one only of those that are repeated.
  if (held !== undefined || response.getHeaderNames().length > 0) {
    replaceHeaders(response, headers)
    if (held !== undefined) addHeld(response, held)
    headers = []
  }
  const whole = bodiless ? undefined : reply.body.takeArrived()
  // An HTTP parser lets reason phrases through that Node does not write.
  if (printable.test(reply.statusText)) response.writeHead(reply.status, reply.statusText, headers)
  else response.writeHead(reply.status, headers)
  if (bodiless) {
    reply.body.dump()
    response.end()
  } else if (whole !== undefined) response.end(whole)
  else
    pipeline(reply.body.stream(), response, function piped(error) {
      if (error) response.destroy()
    })
}

/**
 * Writes an error as problem+json, or in the body that a dialect demands. One that Node refuses to write - a policy has
 * declared a header that no answer can have - ends the connection.
 */
export function writeError(
  response: ServerResponse,
  call: ServerCall,
  error: unknown,
  faults: Faults,
  held?: HeldHeaders,
): void {
  tellFault(error, call, faults)
  if (response.destroyed) return
  try {
    if (response.headersSent) response.destroy()
    else sendError(response, call, error, held)
  } catch (thrown) {
    tellFault(thrown, call, faults)
    response.destroy()
  }
}

/** What code throws because its client has gone is no fault. */
function tellFault(error: unknown, call: ServerCall, faults: Faults): void {
  const fault = call.cancelled ? undefined : faultBehind(error)
  if (fault === undefined) return
  try {
    faults.onFault(fault, call)
  } catch (thrown) {
    warnOfThrown(thrown)
  }
}

function sendError(response: ServerResponse, call: ServerCall, error: unknown, held?: HeldHeaders): void {
  const answer = errorAnswer(error, call)
  if (response.getHeaderNames().length > 0) for (const name of ofTheBody) response.removeHeader(name)
  // Those that were there when the application got the request have been declared to it.
  if (call.served) replaceHeaders(response, call.replyHeaders.raw)
  else declareHeaders(response, call)
  for (const name of Object.keys(answer.headers)) response.setHeader(name, answer.headers[name] ?? '')
  if (held !== undefined) addHeld(response, held)
  response.statusCode = answer.status
  response.setHeader('content-length', Buffer.byteLength(answer.body))
  response.end(call.method === 'HEAD' ? undefined : answer.body)
}
