import { describe, expect, it } from 'vitest'
import { consumerStore } from '../../../src/auth/consumers.js'
import { type JwtOptions, jwt } from '../../../src/auth/jwt/index.js'
import { ConfigError } from '../../../src/core/config-error.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'
import { inbound, run } from '../scaffold.js'
import { base64url, ecSigner, hmacToken, nowS, rsaSigner, signRaw } from './mint.js'

const rsa = rsaSigner('rsa')
const ec = ecSigner('ec')
const pem = (signer: typeof rsa): string => signer.publicKey.export({ format: 'pem', type: 'spki' }).toString()
const consumers = consumerStore([
  {
    username: 'web',
    customId: 'w-1',
    credentials: {
      jwt: [
        { key: 'web-key', secret: 'short' },
        { key: 'rsa-key', algorithm: 'RS256', publicKey: pem(rsa) },
        { key: 'base64-key', secret: Buffer.from('short').toString('base64') },
        { key: 'no-key', secret: '=' },
        { key: 'plain-key', secret: '#1!#2!' },
        { key: 'url-key', secret: Buffer.from('>>>???').toString('base64url') },
      ],
    },
  },
  { username: 'guest', id: '00000000-0000-0000-0000-000000000001' },
])
const clock = fakeClock()
const kong = (options: Partial<JwtOptions> = {}) => jwt({ dialect: 'kong', ...options }, { clock, consumers })
const hs = (claims: object, secret = 'short', header: object = {}): string =>
  hmacToken(secret, { alg: 'HS256', typ: 'JWT', ...header }, claims)
const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })
const good = hs({ iss: 'web-key' })

interface Row {
  readonly what: string
  readonly options?: Partial<JwtOptions>
  readonly headers?: Record<string, string | string[]>
  readonly target?: string
  /** Kong's message; none: the call passes. */
  readonly says?: string | Record<string, string>
}
const times = { verifyClaims: ['exp', 'nbf'] as const }

const rows: readonly Row[] = [
  { what: 'a token in the header', headers: bearer(good) },
  { what: 'a token in the query', target: `/?jwt=${good}` },
  {
    what: 'a token in a cookie that was named',
    headers: { cookie: `c=${good}` },
    options: { from: { cookies: ['c'] } },
  },
  { what: 'the same token in two places', headers: bearer(good), target: `/?jwt=${good}` },
  { what: 'a token after much white space', headers: { authorization: `bearer    ${good}` } },
  { what: 'the first of two headers', headers: { authorization: [`Bearer ${good}`, 'Bearer x.y.z'] } },
  { what: 'no exp, no aud, no sub: nothing is verified that was not asked for', headers: bearer(good) },
  { what: 'an RS256 credential', headers: bearer(signRaw(rsa, '{"alg":"RS256"}', '{"iss":"rsa-key"}')) },
  {
    what: 'the key claim in the header',
    headers: bearer(hs({}, 'short', { kid: 'web-key' })),
    options: { keyClaim: 'kid' },
  },
  { what: 'a base64 secret', headers: bearer(hs({ iss: 'base64-key' })), options: { secretIsBase64: true } },
  {
    what: 'a secret in the base64 of URLs',
    headers: bearer(hs({ iss: 'url-key' }, '>>>???')),
    options: { secretIsBase64: true },
  },
  { what: 'exp and nbf that hold', headers: bearer(hs({ iss: 'web-key', exp: nowS + 1, nbf: nowS })), options: times },

  { what: 'no token', says: 'Unauthorized' },
  { what: 'another scheme', headers: { authorization: `Basic ${good}` }, says: 'Unauthorized' },
  { what: 'two tokens', headers: bearer(good), target: '/?jwt=a.b.c', says: 'Multiple tokens provided' },
  { what: 'no dots', headers: bearer('abc'), says: 'Bad token; invalid JSON' },
  { what: 'no JSON', headers: bearer(`${base64url('x')}.${base64url('y')}.eg`), says: 'Bad token; invalid JSON' },
  { what: 'no alg', headers: bearer(signRaw(rsa, '{}', '{"iss":"rsa-key"}')), says: 'Bad token; invalid alg' },
  { what: 'no key claim', headers: bearer(hs({ sub: 'a' })), says: "No mandatory 'iss' in claims" },
  { what: 'an empty key claim', headers: bearer(hs({ iss: '' })), says: "Invalid 'iss' in claims" },
  { what: 'an unknown key', headers: bearer(hs({ iss: 'nobody' })), says: "No credentials found for given 'iss'" },
  {
    what: 'a key named like a prototype',
    headers: bearer(hs({ iss: '__proto__' })),
    says: "No credentials found for given 'iss'",
  },
  { what: 'a key that is a number', headers: bearer(hs({ iss: 7 })), says: "No credentials found for given 'iss'" },
  {
    what: 'another algorithm than the credential',
    headers: bearer(hs({ iss: 'rsa-key' }, pem(rsa))),
    says: 'Invalid algorithm',
  },
  {
    what: 'a base64 secret that is empty',
    headers: bearer(hs({ iss: 'no-key' })),
    options: { secretIsBase64: true },
    says: 'Invalid key/secret',
  },
  {
    what: 'a base64 secret that is none',
    headers: bearer(hs({ iss: 'plain-key' }, Buffer.from('12', 'base64').toString('latin1'))),
    options: { secretIsBase64: true },
    says: 'Invalid key/secret',
  },
  { what: 'another key', headers: bearer(hs({ iss: 'web-key' }, 'other')), says: 'Invalid signature' },
  {
    what: 'exp now',
    headers: bearer(hs({ iss: 'web-key', exp: nowS })),
    options: { verifyClaims: ['exp'] },
    says: { exp: 'token expired' },
  },
  {
    what: 'no exp to verify',
    headers: bearer(good),
    options: { verifyClaims: ['exp'] },
    says: { exp: 'must be a number' },
  },
  {
    what: 'nbf ahead and exp behind',
    headers: bearer(hs({ iss: 'web-key', exp: 1, nbf: nowS + 1 })),
    options: times,
    says: { exp: 'token expired', nbf: 'token not valid yet' },
  },
  {
    what: 'exp beyond the maximum',
    headers: bearer(hs({ iss: 'web-key', exp: nowS + 61 })),
    options: { verifyClaims: ['exp'], maxLifetime: '60s' },
    says: { exp: 'exceeds maximum allowed expiration' },
  },
]

describe("Kong's jwt plugin", () => {
  it.each(rows.filter((row) => row.says === undefined))('passes: $what', async ({ options, headers, target }) => {
    const call = inbound(headers, { target: target ?? '/' })
    expect((await run(kong(options), call)).error).toBeUndefined()
    expect(call.consumer?.username).toBe('web')
    expect(call.principal).toBe('web')
    expect(call.headers.get('x-consumer-username')).toBe('web')
    expect(call.headers.get('x-consumer-custom-id')).toBe('w-1')
    expect(call.headers.get('x-credential-identifier')).toBe(call.consumer?.credentialId)
  })

  it.each(rows.filter((row) => row.says !== undefined))('401: $what', async ({ options, headers, target, says }) => {
    const { error } = await run(kong(options), inbound(headers, { target: target ?? '/' }))
    expect(error?.status).toBe(401)
    expect(JSON.parse(error?.body ?? '')).toEqual(typeof says === 'string' ? { message: says } : says)
    expect(error?.headers?.['www-authenticate']).toBe(
      says === 'Unauthorized' ? 'Bearer' : 'Bearer error="invalid_token"',
    )
  })

  it('names the realm and the request', async () => {
    const call = inbound()
    call.requestId = 'abc'
    const { error } = await run(kong({ realm: 'shop' }), call)
    expect(error?.headers?.['www-authenticate']).toBe('Bearer realm="shop"')
    expect(error?.body).toBe('{"message":"Unauthorized","request_id":"abc"}')
  })

  it('lets the anonymous consumer in without a credential', async () => {
    const call = inbound({ 'x-credential-identifier': 'forged' })
    expect((await run(kong({ anonymous: 'guest' }), call)).status).toBe(200)
    expect(call.consumer?.username).toBe('guest')
    expect(call.headers.get('x-anonymous-consumer')).toBe('true')
    expect(call.headers.has('x-credential-identifier')).toBe(false)
    expect((await run(kong({ anonymous: 'nobody' }), inbound())).status).toBe(500)
  })

  it('leaves preflights alone only when told to', async () => {
    const options = { method: 'OPTIONS' }
    expect((await run(kong(), inbound({}, options))).status).toBe(401)
    expect((await run(kong({ runOnPreflight: false }), inbound({}, options))).status).toBe(200)
  })

  it('takes an issuer and subject for a principal where the token has both', async () => {
    const call = inbound(bearer(hs({ iss: 'web-key', sub: 'alice' })))
    await run(kong(), call)
    expect(call.requestPrincipal).toBe('web-key/alice')
    expect(call.principal).toBe('web-key/alice')
  })

  it('refuses every call while nobody has credentials', async () => {
    const { error } = await run(jwt({ dialect: 'kong' }, { clock }), inbound(bearer(good)))
    expect(error?.body).toContain('No credentials found')
  })

  it('refuses a credential whose key does not fit its algorithm', () => {
    const broken = consumerStore([
      { username: 'a', credentials: { jwt: [{ key: 'k', algorithm: 'RS256', publicKey: pem(ec) }] } },
    ])
    expect(() => jwt({ dialect: 'kong' }, { consumers: broken })).toThrow(ConfigError)
  })
})

describe('a token that was verified before', () => {
  it('identifies its consumer again, and is refused when its time is up', async () => {
    const later = fakeClock()
    const guard = jwt({ dialect: 'kong', verifyClaims: ['exp'] }, { clock: later, consumers })
    const token = hs({ iss: 'web-key', sub: 'alice', exp: nowS + 10 })
    for (let times = 0; times < 2; times++) {
      const call = inbound(bearer(token))
      expect((await run(guard, call)).status).toBe(200)
      expect([call.consumer?.username, call.requestPrincipal, call.headers.get('x-consumer-username')]).toEqual([
        'web',
        'web-key/alice',
        'web',
      ])
    }
    await later.advance(10_000)
    expect((await run(guard, inbound(bearer(token)))).error?.body).toBe('{"exp":"token expired"}')
  })
})
