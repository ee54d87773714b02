import type { ClientCall } from '../../core/call.js'
import { durationMs } from '../../core/duration.js'
import { hashToHex, randomHash } from '../../core/hash/hash64.js'
import { xxHash64 } from '../../core/hash/xxhash64.js'
import type { HeaderMap } from '../../core/headers.js'
import type { Random } from '../../core/random.js'
import { type CallKey, callKey } from '../../core/values.js'
import type { HashOf } from './hash-of.js'
import type { CookieHash } from './options.js'

/** `set-cookie` values for the reply, of cookies that were missing. */
export const newCookies: CallKey<string[]> = callKey('cookies to set')

/** Value of a cookie, without the quotes that it may stand in; empty when it is not there. As Envoy finds it. */
export function cookieValue(headers: HeaderMap, name: string): string {
  for (const header of headers.getAll('cookie'))
    for (const pair of header.split(';')) {
      const equals = pair.indexOf('=')
      if (equals === -1 || pair.slice(0, equals).replace(/^ +/, '') !== name) continue
      const value = pair.slice(equals + 1)
      return value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value
    }
  return ''
}

/** What follows the value in `set-cookie`, in Envoy's form. */
function trailer({ ttl = 0, path, attributes = {} }: CookieHash): string {
  const seconds = Math.floor(durationMs(ttl) / 1_000)
  return [
    ...(seconds === 0 ? [] : [`Max-Age=${seconds}`]),
    ...(path === undefined ? [] : [`Path=${path}`]),
    ...Object.entries(attributes).map(([name, value]) => (value === '' ? name : `${name}=${value}`)),
    'HttpOnly',
  ].join('; ')
}

/**
 * Hashes a cookie. One that is missing is made where the policy says so, of a random value: Envoy hashes the connection's
 * addresses, which here would send everybody behind one gateway or NAT to the same endpoint.
 */
export function cookieHash(policy: CookieHash, random: Random): HashOf {
  const { cookie: name, ttl } = policy
  const rest = trailer(policy)

  function make(call: ClientCall): string {
    const value = hashToHex(randomHash(random))
    const cookie = `${name}="${value}"; ${rest}`
    const others = call.values.get(newCookies)
    call.values.set(newCookies, others === undefined ? [cookie] : [...others, cookie])
    return value
  }

  return function hashCookie(call) {
    const value = cookieValue(call.headers, name)
    if (value !== '') return xxHash64(value)
    return ttl === undefined ? undefined : xxHash64(make(call))
  }
}
