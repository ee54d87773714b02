import { describe, expect, it } from 'vitest'
import { type JwtOptions, jwt, jwtAuthentication } from '../../../src/auth/jwt/index.js'
import { ConfigError } from '../../../src/core/config-error.js'
import type { MeshEvents } from '../../../src/core/events.js'
import { Observer } from '../../../src/core/observer.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'
import { inbound, run } from '../scaffold.js'
import { mint, rsaSigner } from './mint.js'

const clock = fakeClock()
const signer = rsaSigner('a')
const other = rsaSigner('b')
const token = await mint(signer)
const trust: JwtOptions = { issuer: 'https://id.example', audiences: ['shop'], jwks: { keys: [signer.jwk] } }
const elsewhere: JwtOptions = { issuer: 'https://other.example', audiences: ['shop'], jwks: { keys: [other.jwk] } }

describe('where a token is looked for', () => {
  const rows: readonly [what: string, headers: Record<string, string | string[]>, target: string, status: number][] = [
    ['J47 two Authorization headers', { authorization: [`Bearer ${token}`, `Bearer ${token}`] }, '/', 400],
    ['J48 the scheme in lower case', { authorization: `bearer ${token}` }, '/', 200],
    ['J48 two spaces', { authorization: `Bearer  ${token}` }, '/', 401],
    ['J48 a tab', { authorization: `Bearer\t${token}` }, '/', 401],
    ['J48 a comma after the scheme', { authorization: `Bearer,${token}` }, '/', 401],
    ['J48 another scheme', { authorization: `Basic ${token}` }, '/', 401],
    ['J48 the query, off by default', {}, `/?access_token=${token}`, 401],
    ['J48 a cookie, off by default', { cookie: `access_token=${token}` }, '/', 401],
    ['J49 a trailer announced, but no header', { trailer: 'authorization' }, '/', 401],
  ]
  it.each(rows)('%s', async (_what, headers, target, status) => {
    expect((await run(jwt(trust, { clock }), inbound(headers, { target }))).status).toBe(status)
  })

  const everywhere = jwt(
    {
      ...trust,
      from: { headers: [{ name: 'x-token' }, { name: 'x-prefixed', prefix: 'v1:' }], query: ['t'], cookies: ['c'] },
    },
    { clock },
  )
  const places: readonly [what: string, headers: Record<string, string>, target: string, status: number][] = [
    ['a header', { 'x-token': token }, '/', 200],
    ['a header with a prefix', { 'x-prefixed': `v1:${token}` }, '/', 200],
    ['a header without its prefix', { 'x-prefixed': token }, '/', 401],
    ['the query', {}, `/?a=1&t=${token}`, 200],
    ['a cookie', { cookie: `a=1; c=${token}` }, '/', 200],
    ['two places at once', { 'x-token': token }, `/?t=${token}`, 400],
    ['Authorization, when other places are named', { authorization: `Bearer ${token}` }, '/', 401],
  ]
  it.each(places)('%s', async (_what, headers, target, status) => {
    expect((await run(everywhere, inbound(headers, { target }))).status).toBe(status)
  })
})

describe('several issuers', () => {
  const both = jwtAuthentication([elsewhere, trust], { clock })
  const outcome = async (text: string): Promise<number> =>
    (await run(both, inbound({ authorization: `Bearer ${text}` }))).status

  it('lets the issuer of the token decide which keys count', async () => {
    expect(await outcome(token)).toBe(200)
    expect(await outcome(await mint(other, { iss: 'https://other.example' }))).toBe(200)
  })
  it("J34 refuses one issuer's token signed by another's key", async () => {
    expect(await outcome(await mint(other))).toBe(401)
    expect(await outcome(await mint({ ...other, kid: 'a' }))).toBe(401)
  })
  it('tells what is wrong with the token rather than that other issuers did not make it', async () => {
    const expired = await mint(signer, { exp: 1 })
    const { error } = await run(both, inbound({ authorization: `Bearer ${expired}` }))
    expect(error?.detail).toBe('jwt_expired')
  })
})

describe('options that would weaken the check', () => {
  const weakRsa = rsaSigner('weak', 'RS256', 1024)
  const rows: readonly [what: string, options: JwtOptions, path: string][] = [
    ['J37 no audiences', { issuer: 'i', jwks: { keys: [] } }, 'jwt.audiences'],
    ['no issuer', { audiences: ['a'], jwks: { keys: [] } }, 'jwt.issuer'],
    ['no keys', { issuer: 'i', audiences: ['a'] }, 'jwt'],
    ['two key sources', { ...trust, jwksUri: 'https://id.example/jwks' }, 'jwt'],
    ['HS with a key set', { ...trust, algorithms: ['HS256'] }, 'jwt.algorithms'],
    ['plain http elsewhere', { ...trust, jwks: undefined, jwksUri: 'http://id.example/jwks' }, 'jwt.jwksUri'],
    ['plain http to a look-alike', { ...trust, jwks: undefined, jwksUri: 'http://localhost.evil/jwks' }, 'jwt.jwksUri'],
    ['credentials in the URL', { ...trust, jwks: undefined, jwksUri: 'https://a:b@id.example/jwks' }, 'jwt.jwksUri'],
    ['two minutes of skew', { ...trust, clockSkew: '2m' }, 'jwt.clockSkew'],
    ['a realm that breaks out', { ...trust, realm: 'a", x="' }, 'jwt.realm'],
    ['a kong option natively', { ...trust, anonymous: 'guest' }, 'jwt.anonymous'],
    ['J45 a short secret', { ...trust, jwks: undefined, keys: [{ alg: 'HS256', secret: 'short' }] }, 'jwt.keys[0]'],
    [
      'J45 RSA with 1024 bits',
      { ...trust, jwks: undefined, keys: [{ alg: 'RS256', jwk: weakRsa.jwk }] },
      'jwt.keys[0]',
    ],
    [
      'a private key',
      {
        ...trust,
        jwks: undefined,
        keys: [{ alg: 'RS256', publicKey: signer.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString() }],
      },
      'jwt.keys[0]',
    ],
    ['J45 a set of weak keys alone', { ...trust, jwks: { keys: [weakRsa.jwk] } }, 'jwt.jwks'],
    ['keys that fit no algorithm', { ...trust, algorithms: ['ES256'] }, 'jwt.jwks'],
    [
      'J46 a secret among public keys',
      { ...trust, jwks: { keys: [signer.jwk, { kty: 'oct', k: 'c2VjcmV0' }] } },
      'jwt.jwks',
    ],
  ]
  it.each(rows)('%s is refused at load', (_what, options, path) => {
    let problems: readonly string[] = []
    try {
      jwt(options, { clock })
    } catch (error) {
      if (error instanceof ConfigError) problems = error.problems.map((problem) => problem.path)
    }
    expect(problems).toContain(path)
  })

  it.each(['http://127.0.0.1:1/jwks', 'http://localhost/jwks', 'http://[::1]:80/jwks'])('%s is allowed', (jwksUri) => {
    const get = async () => ({ status: 200, body: '{"keys":[]}' })
    expect(() => jwt({ ...trust, jwks: undefined, jwksUri }, { clock, get })).not.toThrow()
  })
})

describe('what is reported', () => {
  it('is a bounded reason, and nothing of the token', async () => {
    const observer = new Observer()
    const events: MeshEvents['authentication'][] = []
    observer.on('authentication', (event) => events.push(event))
    const guard = jwt(trust, { clock, observer })
    await run(guard, inbound({ authorization: `Bearer ${token}` }))
    const bad = await run(guard, inbound({ authorization: `Bearer ${token}x` }))
    await run(guard, inbound())
    expect(events.map((event) => `${event.method} ${event.result} ${event.reason}`)).toEqual([
      'jwt ok ok',
      'jwt refused malformed',
      'jwt refused missing',
    ])
    const told = JSON.stringify([events, bad.error?.message, bad.error?.headers, bad.error?.stack])
    expect(told).not.toContain(token.slice(0, 20))
  })
})
