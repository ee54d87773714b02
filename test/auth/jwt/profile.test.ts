import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { type JwtOptions, jwt } from '../../../src/auth/jwt/index.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'
import { inbound, run } from '../scaffold.js'
import {
  base64url,
  ecSigner,
  edSigner,
  goodClaims,
  hmacToken,
  mint,
  nowS,
  rsaSigner,
  signParts,
  signRaw,
} from './mint.js'

const rsa = rsaSigner('rsa')
const ec = ecSigner('ec')
const ed = edSigner('ed')
const pss = rsaSigner('pss', 'PS256')
const stranger = rsaSigner('rsa')
const trust: JwtOptions = {
  issuer: 'https://id.example',
  audiences: ['shop', 'cart'],
  jwks: { keys: [rsa.jwk, ec.jwk, ed.jwk, pss.jwk] },
}
const clock = fakeClock()
const guard = jwt(trust, { clock })

const authorization = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })
const header = (fields: object = {}): string => JSON.stringify({ alg: 'RS256', kid: 'rsa', ...fields })
const payload = (fields: object = {}): string => JSON.stringify({ ...goodClaims, ...fields })
const withClaims = (fields: Record<string, unknown>): Promise<string> => mint(rsa, fields)
const withHeader = (fields: object): string => signRaw(rsa, header(fields), payload())
const rsaPem = rsa.publicKey.export({ format: 'pem', type: 'spki' }).toString()

const good = await mint(rsa)
const [goodHeader = '', goodPayload = '', goodSignature = ''] = good.split('.')
/** The same bytes, spelt with other unused bits in the last character. */
function respelt(part: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const last = alphabet.indexOf(part.at(-1) ?? '')
  return part.slice(0, -1) + alphabet[last ^ 1]
}
const padded = (text: string): string => (base64url(text).length % 4 === 0 ? `${text} ` : text)

type Row = readonly [id: string, what: string, token: string | Promise<string>]

const refused: readonly Row[] = [
  ['J01', 'alg none without signature', `${base64url('{"alg":"none"}')}.${goodPayload}.`],
  ['J02', 'alg nOnE', signRaw(rsa, header({ alg: 'nOnE' }), payload())],
  ['J02', 'alg "none "', signRaw(rsa, header({ alg: 'none ' }), payload())],
  ['J03', 'alg missing', signRaw(rsa, '{"kid":"rsa"}', payload())],
  ['J03', 'alg a number', withHeader({ alg: 256 })],
  ['J03', 'alg a list', withHeader({ alg: ['RS256'] })],
  ['J03', 'alg in lower case', withHeader({ alg: 'rs256' })],
  ['J03', 'alg with a space', withHeader({ alg: 'RS256 ' })],
  ['J04', 'HS256 keyed with the public PEM', hmacToken(rsaPem, { alg: 'HS256', kid: 'rsa' }, goodClaims)],
  ['J04', 'HS256 keyed with the modulus', hmacToken(rsa.jwk.n ?? '', { alg: 'HS256', kid: 'rsa' }, goodClaims)],
  ['J04', 'HS256 with an empty key', hmacToken('', { alg: 'HS256', kid: 'rsa' }, goodClaims)],
  ['J05', 'HS256 keyed with the PEM and white space', hmacToken(`\n ${rsaPem}`, { alg: 'HS256' }, goodClaims)],
  ['J06', 'PS256 on a key for RS256', mint({ ...rsa, alg: 'PS256' })],
  ['J09', 'an unknown kid', mint(rsa, {}, { kid: 'other' })],
  ['J10', 'kid as a path', withHeader({ kid: '../../dev/null' })],
  ['J10', 'kid __proto__', withHeader({ kid: '__proto__' })],
  ['J10', 'kid an object', withHeader({ kid: {} })],
  ['J10', 'kid of 300 characters', withHeader({ kid: 'k'.repeat(300) })],
  ['J12', 'an embedded key of its own', signRaw(stranger, header({ jwk: stranger.jwk }), payload())],
  ['J12', 'x5c', withHeader({ x5c: ['MIIB'] })],
  ['J13', 'crit unknown', withHeader({ crit: ['exp2'], exp2: 1 })],
  ['J13', 'crit empty', withHeader({ crit: [] })],
  ['J13', 'crit no list', withHeader({ crit: 'exp' })],
  ['J13', 'crit lists exp', withHeader({ crit: ['exp'], exp: 1 })],
  ['J14', 'b64 false with crit', withHeader({ b64: false, crit: ['b64'] })],
  ['J15', 'b64 false without crit', withHeader({ b64: false })],
  ['J16', 'zip', withHeader({ zip: 'DEF' })],
  ['J17', 'a JWE of five parts', `${goodHeader}.a.b.c.d`],
  ['J18', 'a nested token', withHeader({ cty: 'JWT' })],
  ['J19', 'typ of a logout token', withHeader({ typ: 'logout+jwt' })],
  ['J19', 'typ a number', withHeader({ typ: 7 })],
  ['J20', 'alg twice', signRaw(rsa, '{"alg":"none","alg":"RS256","kid":"rsa"}', payload())],
  ['J21', 'sub twice', signRaw(rsa, header(), `${payload().slice(0, -1)},"sub":"admin"}`)],
  ['J21', 'sub twice, once escaped', signRaw(rsa, header(), `${payload().slice(0, -1)},"s\\u0075b":"admin"}`)],
  ['J21', 'a nested member twice', signRaw(rsa, header(), `${payload().slice(0, -1)},"a":[{"b":1,"b":2}]}`)],
  ['J23', 'payload a list', signRaw(rsa, header(), '[]')],
  ['J23', 'payload a string', signRaw(rsa, header(), '"alice"')],
  ['J23', 'payload null', signRaw(rsa, header(), 'null')],
  ['J23', 'payload not JSON', signRaw(rsa, header(), '{"sub":}')],
  ['J23', 'payload not UTF-8', signRaw(rsa, header(), Buffer.from('{"sub":"\xff"}', 'latin1'))],
  ['J24', 'payload with a byte order mark', signRaw(rsa, header(), `\ufeff${payload()}`)],
  ['J25', 'nesting 2,000 deep', signRaw(rsa, header(), `{"a":${'['.repeat(2000)}${']'.repeat(2000)}}`)],
  ['J26', 'no exp', withClaims({ exp: undefined })],
  ['J27', 'exp now', withClaims({ exp: nowS })],
  ['J27', 'exp a second ago', withClaims({ exp: nowS - 1 })],
  ['J27', 'exp negative', withClaims({ exp: -1 })],
  ['J27', 'exp a string', signRaw(rsa, header(), payload({ exp: String(nowS + 60) }))],
  ['J27', 'exp null', signRaw(rsa, header(), payload({ exp: null }))],
  ['J28', 'exp 1e308', signRaw(rsa, header(), payload({ exp: 1e308 }))],
  ['J28', 'exp infinite', signRaw(rsa, header(), payload().replace(/"exp":\d+/, '"exp":1e999'))],
  ['J28', 'exp in milliseconds', withClaims({ exp: (nowS + 60) * 1000 })],
  ['J30', 'nbf in 5 s', withClaims({ nbf: nowS + 5 })],
  ['J31', 'nbf a string', signRaw(rsa, header(), payload({ nbf: String(nowS) }))],
  ['J31', 'iat a string', signRaw(rsa, header(), payload({ iat: String(nowS) }))],
  ['J32', 'iat in an hour', withClaims({ iat: nowS + 3600 })],
  ['J33', 'iss missing', withClaims({ iss: undefined })],
  ['J33', 'iss a list', signRaw(rsa, header(), payload({ iss: ['https://id.example'] }))],
  ['J33', 'iss with a slash more', withClaims({ iss: 'https://id.example/' })],
  ['J33', 'iss in other case', withClaims({ iss: 'https://ID.example' })],
  ['J35', 'aud missing', withClaims({ aud: undefined })],
  ['J35', 'aud wrong', withClaims({ aud: 'shop2' })],
  ['J35', 'aud empty', withClaims({ aud: [] })],
  ['J35', 'aud nested', signRaw(rsa, header(), payload({ aud: [['shop']] }))],
  ['J35', 'aud an object', signRaw(rsa, header(), payload({ aud: { shop: true } }))],
  ['J35', 'aud with a space', withClaims({ aud: ' shop' })],
  ['J38', 'sub missing', withClaims({ sub: undefined })],
  ['J38', 'sub a number', signRaw(rsa, header(), payload({ sub: 7 }))],
  ['J39', 'a space in the header', signParts(rsa, `${goodHeader.slice(0, 4)} ${goodHeader.slice(4)}`, goodPayload)],
  ['J39', 'a space in the payload', signParts(rsa, goodHeader, `${goodPayload.slice(0, 4)} ${goodPayload.slice(4)}`)],
  [
    'J39',
    'a space in the signature',
    `${goodHeader}.${goodPayload}.${goodSignature.slice(0, 4)} ${goodSignature.slice(4)}`,
  ],
  ['J40', 'a new line after it', `${good}\n`],
  ['J41', 'unused bits set in the signature', `${goodHeader}.${goodPayload}.${respelt(goodSignature)}`],
  ['J41', 'unused bits set in the payload', signParts(rsa, goodHeader, respelt(base64url(padded(payload()))))],
  ['J42', 'padding', `${goodHeader}.${goodPayload}.${goodSignature}==`],
  ['J42', 'a NUL', `${good}\0`],
  ['J42', 'two parts', `${goodHeader}.${goodPayload}`],
  ['J42', 'four parts', `${good}.a`],
  ['J42', 'an empty part', `${goodHeader}..${goodSignature}`],
  ['J43', 'JSON serialisation', JSON.stringify({ payload: goodPayload, signatures: [] })],
  ['J44', 'a token of 1 MB', `${good}${'A'.repeat(1_000_000)}`],
  ['', 'another key of the same id', signRaw(stranger, header(), payload())],
]

const accepted: readonly Row[] = [
  ['', 'RS256', good],
  ['', 'ES256', mint(ec)],
  ['', 'EdDSA', mint(ed)],
  ['', 'PS256', mint(pss)],
  ['', 'typ at+jwt, as a media type', mint(rsa, {}, { typ: 'application/AT+JWT' })],
  ['J29', 'exp with a fraction', withClaims({ exp: nowS + 60.5 })],
  ['J30', 'nbf now', withClaims({ nbf: nowS })],
  ['J36', 'aud with others beside ours', withClaims({ aud: ['billing', 'cart'] })],
  ['J52', 'the same jti again', withClaims({ jti: 'one' })],
]

/** Each row is refused for what is wrong with it, and for nothing that happens to be wrong too. */
const reasons: readonly (readonly [reason: string, ids: RegExp])[] = [
  ['malformed', /J01|J17|J20|J21|J23|J24|J25|J39|J40|J41|J42|J43/],
  ['alg', /J02|J03|J04|J05/],
  ['key', /J06|J09|J10/],
  ['header', /J10|J12|J13|J14|J15|J16|J18/],
  ['typ', /J19/],
  ['claims', /J26|J27|J28|J31/],
  ['expired', /J27/],
  ['lifetime', /J28/],
  ['not_yet_valid', /J30|J32/],
  ['issuer', /J33/],
  ['audience', /J35/],
  ['subject', /J38/],
  ['too_large', /J44/],
  ['signature', /^$/],
]

describe('jwt, the strict profile', () => {
  it.each(refused)('%s %s: 401', async (id, _what, token) => {
    const { status, error } = await run(guard, inbound(authorization(await token)))
    expect(status).toBe(401)
    expect(error?.code).toBe('ERR_MESH_UNAUTHENTICATED')
    expect(reasons.filter(([, ids]) => ids.test(id)).map(([reason]) => `jwt_${reason}`)).toContain(error?.detail)
    expect(error?.headers?.['www-authenticate']).toMatch(/^Bearer error="invalid_token", error_description="[^"]+"$/)
  })

  it.each(accepted)('%s %s: passes', async (_id, _what, token) => {
    const call = inbound(authorization(await token))
    expect((await run(guard, call)).error).toBeUndefined()
    expect(call.requestPrincipal).toBe('https://id.example/alice')
    expect(call.principal).toBe('https://id.example/alice')
  })

  it('says nothing of an error when there is no token', async () => {
    const { error } = await run(jwt({ ...trust, realm: 'shop' }, { clock }), inbound())
    expect(error?.headers?.['www-authenticate']).toBe('Bearer realm="shop"')
    expect(error?.detail).toBe('jwt_missing')
  })

  it('refuses a bad token where none is needed', async () => {
    const optional = jwt({ ...trust, optional: true }, { clock })
    const nobody = inbound()
    expect((await run(optional, nobody)).status).toBe(200)
    expect(nobody.principal).toBeUndefined()
    expect((await run(optional, inbound(authorization('x.y.z')))).status).toBe(401)
    expect((await run(optional, inbound({ authorization: 'Bearer' }))).status).toBe(401)
  })

  it('J11 follows no URL of a header', async () => {
    let asked = 0
    const server = createServer((_, response) => {
      asked++
      response.end('{"keys":[]}')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    for (const field of ['jku', 'x5u'])
      expect((await run(guard, inbound(authorization(withHeader({ [field]: url }))))).status).toBe(401)
    expect(asked).toBe(0)
    await new Promise((resolve) => server.close(resolve))
  })

  it('J22 keeps a claim called __proto__ from becoming a prototype', async () => {
    const call = inbound(authorization(signRaw(rsa, header(), `${payload().slice(0, -1)},"__proto__":{"admin":true}}`)))
    expect((await run(guard, call)).status).toBe(200)
    expect(Object.getPrototypeOf(call.claims)).toBeNull()
    expect(call.claims?.admin).toBeUndefined()
    expect(Object.hasOwn(call.claims ?? {}, '__proto__')).toBe(true)
  })

  it('J08 accepts a token without kid from a fixed set when one key fits, unless a kid is required', async () => {
    const token = authorization(signRaw(rsa, '{"alg":"RS256"}', payload()))
    expect((await run(guard, inbound(token))).status).toBe(200)
    expect((await run(jwt({ ...trust, requireKid: true }, { clock }), inbound(token))).status).toBe(401)
  })

  it.each([
    ['RS256', rsa],
    ['ES256', ec],
    ['EdDSA', ed],
  ])('J07 a key without alg counts for the one algorithm that its kind implies: %s', async (_alg, signer) => {
    const { alg: _, ...jwk } = signer.jwk
    const open = jwt({ ...trust, jwks: { keys: [jwk] } }, { clock })
    expect((await run(open, inbound(authorization(await mint(signer))))).status).toBe(200)
  })

  it('J07 a token chooses no other algorithm for a key without one', async () => {
    const { alg: _, ...jwk } = rsa.jwk
    const open = jwt({ ...trust, jwks: { keys: [jwk] } }, { clock })
    for (const alg of ['RS384', 'RS512', 'PS256'])
      expect((await run(open, inbound(authorization(await mint({ ...rsa, alg }))))).error?.message).toBe(
        'the key that the token names is for another algorithm',
      )
  })

  it('J07 a key without alg counts for the algorithms that were configured', async () => {
    const { alg: _, ...jwk } = rsa.jwk
    const pinned = jwt({ ...trust, jwks: { keys: [jwk] }, algorithms: ['PS256'] }, { clock })
    expect((await run(pinned, inbound(authorization(good)))).status).toBe(401)
    expect((await run(pinned, inbound(authorization(await mint({ ...rsa, alg: 'PS256' }))))).status).toBe(200)
  })

  it('says that a key is in the set, but cannot be used', async () => {
    const weak = rsaSigner('weak', 'RS256', 1024)
    const mixed = jwt({ ...trust, jwks: { keys: [rsa.jwk, { ...ec.jwk, use: 'enc' }, weak.jwk] } }, { clock })
    expect((await run(mixed, inbound(authorization(good)))).status).toBe(200)
    for (const [token, why] of [
      [await mint(ec), 'the key is not for signatures'],
      [signRaw(weak, header({ kid: 'weak' }), payload()), 'an RSA key needs at least 2048 bits'],
    ] as const) {
      const { error } = await run(mixed, inbound(authorization(token)))
      expect(error?.status).toBe(401)
      expect(error?.detail).toBe('jwt_key')
      expect(error?.message).toBe(`the key that the token names is in the key set, but cannot be used: ${why}`)
      expect(error?.headers?.['www-authenticate']).toContain(why)
    }
  })

  it('J19 demands the type that was configured', async () => {
    const strict = jwt({ ...trust, typ: 'at+jwt' }, { clock })
    expect((await run(strict, inbound(authorization(await mint(rsa, {}, { typ: 'at+jwt' }))))).status).toBe(200)
    expect((await run(strict, inbound(authorization(good)))).status).toBe(401)
  })

  it('tolerates as much clock skew as was configured', async () => {
    const lenient = jwt({ ...trust, clockSkew: '60s' }, { clock })
    const outcome = async (claims: Record<string, unknown>): Promise<number> =>
      (await run(lenient, inbound(authorization(await mint(rsa, claims))))).status
    expect(await outcome({ exp: nowS - 59 })).toBe(200)
    expect(await outcome({ exp: nowS - 60 })).toBe(401)
    expect(await outcome({ nbf: nowS + 60 })).toBe(200)
    expect(await outcome({ nbf: nowS + 61 })).toBe(401)
  })

  it('accepts tokens that live a year when told to', async () => {
    const patient = jwt({ ...trust, maxLifetime: '8760h' }, { clock })
    const year = 365 * 24 * 3600
    expect((await run(patient, inbound(authorization(await withClaims({ exp: nowS + year }))))).status).toBe(200)
    expect((await run(patient, inbound(authorization(await withClaims({ exp: nowS + year + 1 }))))).status).toBe(401)
  })

  it('verifies a static secret and nothing else with it', async () => {
    const secret = 'a secret of thirty-two bytes, now'
    const shared = jwt(
      { issuer: 'https://id.example', audiences: ['shop'], keys: [{ alg: 'HS256', secret }] },
      { clock },
    )
    const token = hmacToken(secret, { alg: 'HS256' }, goodClaims)
    expect((await run(shared, inbound(authorization(token)))).status).toBe(200)
    expect((await run(shared, inbound(authorization(hmacToken('other', { alg: 'HS256' }, goodClaims))))).status).toBe(
      401,
    )
    expect((await run(shared, inbound(authorization(good)))).status).toBe(401)
  })
})
