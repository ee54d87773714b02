import { MeshError } from '../core/errors.js'
import { kongBody } from '../core/kong-body.js'
import { headerBytes } from '../core/schema/index.js'
import type { ConsumerRef, ServerCall } from '../core/server-call.js'
import { type ConsumerStore, consumerPrincipal } from './consumers.js'

/** A 401 as Kong words it: a message, or an object that says what is wrong with which claim. */
export function kongUnauthorized(
  call: ServerCall,
  message: string | Readonly<Record<string, string>>,
  challenge: string | undefined,
  detail: string,
): MeshError {
  const body = typeof message === 'string' ? kongBody(message, call) : JSON.stringify(message)
  const headers = { 'content-type': 'application/json; charset=utf-8' }
  return new MeshError('ERR_MESH_UNAUTHENTICATED', typeof message === 'string' ? message : 'invalid claims', {
    body,
    detail,
    headers: challenge === undefined ? headers : { ...headers, 'www-authenticate': challenge },
  })
}

function setOrDelete(call: ServerCall, name: string, value: string | undefined): void {
  if (value === undefined) call.headers.delete(name)
  else call.headers.set(name, value)
}

interface ConsumerHeaders {
  readonly id: string
  readonly customId: string | undefined
  readonly username: string | undefined
  readonly credential: string | undefined
}

/** A consumer's headers, made once: names go out in UTF-8, as from Kong. */
const known = new WeakMap<ConsumerRef, ConsumerHeaders>()

function headersOf(consumer: ConsumerRef): ConsumerHeaders {
  let headers = known.get(consumer)
  if (headers === undefined) {
    const { id, customId, username, credentialId } = consumer
    const bytes = (text: string | undefined): string | undefined => (text === undefined ? undefined : headerBytes(text))
    headers = {
      id: headerBytes(id),
      customId: bytes(customId),
      username: bytes(username),
      credential: bytes(credentialId),
    }
    known.set(consumer, headers)
  }
  return headers
}

/** Makes a consumer the one who asks and tells the upstream, as Kong's auth plugins do. */
export function actAsConsumer(call: ServerCall, consumer: ConsumerRef): void {
  call.consumer = consumer
  call.principal = call.requestPrincipal ?? consumerPrincipal(consumer)
  const { id, customId, username, credential } = headersOf(consumer)
  setOrDelete(call, 'x-consumer-id', id)
  setOrDelete(call, 'x-consumer-custom-id', customId)
  setOrDelete(call, 'x-consumer-username', username)
  setOrDelete(call, 'x-credential-identifier', credential)
  setOrDelete(call, 'x-anonymous-consumer', credential === undefined ? 'true' : undefined)
}

/** Kong's `anonymous`: who failed to authenticate goes on as that consumer, without a credential. */
export function actAsAnonymous(call: ServerCall, consumers: ConsumerStore, name: string): void {
  const consumer = consumers.byName(name)
  if (consumer === undefined)
    throw new MeshError('ERR_MESH_INTERNAL', 'the anonymous consumer that is configured does not exist', {
      body: kongBody(`anonymous consumer ${name} is configured but doesn't exist`, call),
    })
  actAsConsumer(call, consumer)
}
