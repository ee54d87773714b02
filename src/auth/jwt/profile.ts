import { isUtf8 } from 'node:buffer'
import type { Claims } from '../../core/server-call.js'
import { InvalidToken } from './invalid-token.js'
import { parseStrictObject } from './strict-json.js'

/** The fields of a token's header that may be there. */
export interface TokenHeader {
  readonly alg: string
  readonly kid: string | undefined
  readonly typ: string | undefined
  readonly fields: Readonly<Record<string, unknown>>
}

/** A token that has one reading only; nothing of it is proven yet. */
export interface ParsedToken {
  readonly token: string
  readonly header: TokenHeader
  readonly claims: Claims
}

const compact = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/
/** Headers that change what is signed, what the payload is, or name keys to trust (RFC 8725). */
const refusedHeaders = ['crit', 'b64', 'zip', 'cty', 'enc', 'jku', 'jwk', 'x5u', 'x5c'] as const
const maxKidLength = 256

/** The bytes of a part that is written in the one canonical way: a second spelling would slip past a deny list. */
function canonicalBytes(part: string): Buffer {
  const bytes = Buffer.from(part, 'base64url')
  if (bytes.toString('base64url') !== part) throw new InvalidToken('malformed', 'the token is not canonical base64url')
  return bytes
}

function objectOf(part: string): Readonly<Record<string, unknown>> {
  const bytes = canonicalBytes(part)
  const value = isUtf8(bytes) ? parseStrictObject(bytes.toString('utf8')) : undefined
  if (value === undefined)
    throw new InvalidToken('malformed', 'header and payload must be JSON objects without repeated members')
  return value
}

function headerOf(part: string): TokenHeader {
  const fields = objectOf(part)
  for (const name of refusedHeaders)
    if (fields[name] !== undefined) throw new InvalidToken('header', `the header field "${name}" is not accepted`)
  const { alg, kid, typ } = fields
  if (typeof alg !== 'string') throw new InvalidToken('alg', 'the token names no algorithm')
  if (kid !== undefined && (typeof kid !== 'string' || kid.length > maxKidLength))
    throw new InvalidToken('header', `a key id is a string of at most ${maxKidLength} characters`)
  if (typ !== undefined && typeof typ !== 'string') throw new InvalidToken('typ', 'the type is not a string')
  return { alg, kid, typ, fields }
}

/**
 * Reads a token in the one way that nobody can read otherwise (RFC 8725): compact form, canonical base64url, UTF-8,
 * no repeated members, nothing that changes what is signed. Throws `InvalidToken`.
 */
export function parseToken(token: string, maxSize: number): ParsedToken {
  if (token.length > maxSize) throw new InvalidToken('too_large', `the token is longer than ${maxSize} bytes`)
  if (!compact.test(token)) throw new InvalidToken('malformed', 'not a signed token in compact form')
  const first = token.indexOf('.')
  const second = token.indexOf('.', first + 1)
  const header = headerOf(token.slice(0, first))
  const claims = objectOf(token.slice(first + 1, second))
  canonicalBytes(token.slice(second + 1))
  return { token, header, claims }
}

function mediaType(typ: string): string {
  const lower = typ.toLowerCase()
  return lower.startsWith('application/') ? lower.slice('application/'.length) : lower
}

/** Refuses a token made for another purpose, such as a logout token. Without an expectation: `JWT`, `at+jwt` or none. */
export function checkType(header: TokenHeader, expected: string | undefined): void {
  const typ = header.typ === undefined ? undefined : mediaType(header.typ)
  const fits =
    expected === undefined ? typ === undefined || typ === 'jwt' || typ === 'at+jwt' : typ === mediaType(expected)
  if (!fits) throw new InvalidToken('typ', 'the token is of another type')
}
