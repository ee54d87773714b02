import { hash } from 'node:crypto'
import { LruMap } from '../core/lru.js'
import type { ServerCall } from '../core/server-call.js'
import { addressKey } from './address.js'
import type { RateLimitBy } from './options.js'

/** The counter that a call belongs to: a kind, and a value of bounded length that tells no secret. */
export type KeyOf = (call: ServerCall) => string

function digest(kind: string, value: string): string {
  return `${kind}#${hash('sha256', value, 'base64url').slice(0, 22)}`
}

/** The addresses that came last: a connection brings the very same string with each of its requests. */
const known = new LruMap<string, string>(4_096)

function byAddress(call: ServerCall): string {
  let key = known.get(call.clientAddress)
  if (key === undefined) {
    key = `ip:${addressKey(call.clientAddress) ?? addressKey(call.remoteAddress) ?? 'unknown'}`
    if (call.clientAddress === call.remoteAddress) known.set(call.clientAddress, key)
  }
  return key
}

function orAddress(kind: string, value: string | undefined, call: ServerCall): string {
  return value === undefined || value === '' ? byAddress(call) : digest(kind, value)
}

/** What all routers would dispatch alike is one path: `/login`, `/LOGIN`, `/login/`, `/%6cogin`. */
function foldedPath(call: ServerCall): string {
  const { path, aliases } = call.path
  return aliases.at(-1) ?? path
}

const plain: Readonly<Record<Extract<RateLimitBy, string>, KeyOf>> = {
  ip: byAddress,
  principal: (call) => orAddress('principal', call.principal, call),
  consumer: (call) => orAddress('consumer', call.consumer?.id, call),
  credential: (call) => orAddress('credential', call.consumer?.credentialId, call),
  service: (call) => orAddress('service', call.service, call),
  path: (call) => digest('path', foldedPath(call)),
  all: () => 'all',
}

/** Names whose calls share a counter: equal for what `compileKey` compiles alike. */
export function keyName(by: RateLimitBy): string {
  if (typeof by === 'string') return by
  return 'header' in by ? `header=${by.header.toLowerCase()}` : `path=${by.path}`
}

/** Compiles `by`. A kind never contains what separates it from its value, so no two tuples make one key. */
export function compileKey(by: RateLimitBy): KeyOf {
  if (typeof by === 'string') return plain[by]
  if ('header' in by) {
    const name = by.header.toLowerCase()
    return (call) => orAddress('header', call.headers.get(name), call)
  }
  const { path } = by
  return (call) => (call.path.path === path ? digest('path', path) : byAddress(call))
}
