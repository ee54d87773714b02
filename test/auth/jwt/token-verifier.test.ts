import { getHeapSnapshot } from 'node:v8'
import { beforeEach, describe, expect, it } from 'vitest'
import { type JwtOptions, jwtAuthentication, KeySets } from '../../../src/auth/jwt/index.js'
import type { KeySource } from '../../../src/auth/jwt/key-set.js'
import { TokenVerifier, tokenHash } from '../../../src/auth/jwt/token-verifier.js'
import { tokenTrust } from '../../../src/auth/jwt/trust.js'
import type { VerificationKey } from '../../../src/auth/verification-key.js'
import { type FakeClock, fakeClock } from '../../../src/testing/fake-clock.js'
import { inbound, run } from '../scaffold.js'
import { ecSigner, goodClaims, mint, nowS } from './mint.js'

const first = ecSigner('first')
const second = ecSigner('second')
const options: JwtOptions = {
  issuer: 'https://id.example',
  audiences: ['shop'],
  jwks: { keys: [first.jwk, second.jwk] },
}

/** The real keys, counted: a signature is verified with what `find` hands out, and a key that is asked for its own. */
class CountedKeys implements KeySource {
  #keys: readonly VerificationKey[]
  #real: readonly VerificationKey[]
  verifications = 0

  constructor(real: readonly VerificationKey[]) {
    this.#real = real
    this.#keys = this.#counted(real)
  }

  #counted(keys: readonly VerificationKey[]): readonly VerificationKey[] {
    return keys.map(({ key, kid, algorithms }) => {
      const count = (): void => {
        this.verifications++
      }
      return {
        kid,
        algorithms,
        get key() {
          count()
          return key
        },
      }
    })
  }

  current(): readonly VerificationKey[] | undefined {
    return this.#keys.length === 0 ? undefined : this.#keys
  }

  async find(kid: string | undefined): Promise<readonly VerificationKey[]> {
    return this.#keys.filter((key) => key.kid === kid)
  }

  keep(...kids: readonly string[]): void {
    this.#keys = this.#counted(this.#real.filter(({ kid }) => kids.includes(kid ?? '')))
  }
}

let clock: FakeClock
let keys: CountedKeys
let verifier: TokenVerifier

function verifierOf(extra: Partial<JwtOptions> = {}): TokenVerifier {
  const trust = tokenTrust({ ...options, ...extra }, new KeySets({ clock }))
  return new TokenVerifier({ ...trust, keys }, clock)
}

beforeEach(() => {
  clock = fakeClock()
  const { keys: real } = tokenTrust(options, new KeySets({ clock }))
  keys = new CountedKeys(real.current() ?? [])
  verifier = verifierOf()
})

const recalled = (token: string): unknown => verifier.recall(tokenHash(token))?.claims.sub
const good = await mint(first)

describe('a verified token', () => {
  it('is remembered with its claims and who it stands for, and its signature is not verified again', async () => {
    expect(recalled(good)).toBeUndefined()
    await verifier.verify(good, inbound())
    expect(verifier.recall(tokenHash(good))).toEqual({
      claims: goodClaims,
      requestPrincipal: 'https://id.example/alice',
    })
    expect(keys.verifications).toBe(1)
  })

  it('is unchangeable, all the way down: the requests that bring it share it', async () => {
    const { claims } = await verifier.verify(await mint(first, { realm: { roles: ['reader'] } }), inbound())
    expect(() => Object.assign(claims, { sub: 'mallory' })).toThrow(TypeError)
    expect(() => Reflect.get(Object(claims.realm), 'roles').push('admin')).toThrow(TypeError)
  })

  it('is verified once for all requests that bring it at the same time', async () => {
    await Promise.all(Array.from({ length: 50 }, () => verifier.verify(good, inbound())))
    expect(keys.verifications).toBe(1)
  })

  it('is forgotten at its expiry, by the wall clock', async () => {
    await verifier.verify(good, inbound())
    await clock.advance(599_999)
    expect(recalled(good)).toBe('alice')
    await clock.advance(1)
    expect(recalled(good)).toBeUndefined()
    await expect(verifier.verify(good, inbound())).rejects.toThrow('the token has expired')
  })

  it('does not count before its time either, should the clock be set back', async () => {
    const token = await mint(first, { nbf: nowS })
    await verifier.verify(token, inbound())
    clock.jumpWall(-1)
    expect(recalled(token)).toBeUndefined()
    await expect(verifier.verify(token, inbound())).rejects.toThrow('not valid yet')
  })

  it('is forgotten when the keys change, and refused at once when its own has gone', async () => {
    const other = await mint(second)
    await verifier.verify(good, inbound())
    await verifier.verify(other, inbound())
    keys.keep('second')
    expect(recalled(good)).toBeUndefined()
    expect(recalled(other)).toBeUndefined()
    await expect(verifier.verify(good, inbound())).rejects.toThrow('no such key is known')
    await expect(verifier.verify(other, inbound())).resolves.toMatchObject({ claims: { sub: 'alice' } })
  })

  it('is not remembered when its key went while the signature was verified', async () => {
    const verified = verifier.verify(good, inbound())
    await Promise.resolve()
    keys.keep('second')
    await verified
    expect(recalled(good)).toBeUndefined()
  })

  it('does not count while there are no keys', async () => {
    await verifier.verify(good, inbound())
    keys.keep()
    expect(recalled(good)).toBeUndefined()
  })

  it('gives way to those that are used, once there are as many as may be', async () => {
    verifier = verifierOf({ cacheSize: 2 })
    const tokens = await Promise.all(['a', 'b', 'c'].map((sub) => mint(first, { sub })))
    const [a = '', b = '', c = ''] = tokens
    await verifier.verify(a, inbound())
    await verifier.verify(b, inbound())
    expect(recalled(a)).toBe('a')
    await verifier.verify(c, inbound())
    expect([recalled(a), recalled(b), recalled(c)]).toEqual(['a', undefined, 'c'])
  })

  it('is not remembered at all with a cacheSize of 0', async () => {
    verifier = verifierOf({ cacheSize: 0 })
    await verifier.verify(good, inbound())
    expect(recalled(good)).toBeUndefined()
  })

  it('is remembered only when it is good', async () => {
    const forged = `${good.slice(0, -8)}AAAAAAAA`
    await expect(verifier.verify(forged, inbound())).rejects.toThrow('signature')
    expect(recalled(forged)).toBeUndefined()
  })

  it('is nowhere in memory: its hash is, which does not give it back', async () => {
    const { signatures, hashes } = await verifiedAndDropped(20)
    const heap = await heapText()
    expect(hashes.filter((hash) => heap.includes(hash))).toHaveLength(20)
    // V8 itself holds the subject of the last regular expression that matched, whoever asked for it.
    expect(signatures.filter((signature) => heap.includes(signature)).length).toBeLessThan(3)
  })
})

/** Verifies tokens that nobody else holds; tells of them in bytes, which lie outside the heap's strings. */
async function verifiedAndDropped(count: number): Promise<{ signatures: Buffer[]; hashes: Buffer[] }> {
  const signatures: Buffer[] = []
  const hashes: Buffer[] = []
  for (let i = 0; i < count; i++) {
    const token = await mint(first, { sub: `caller-${i}` })
    await verifier.verify(token, inbound())
    expect(recalled(token)).toBe(`caller-${i}`)
    signatures.push(Buffer.from(token.slice(token.lastIndexOf('.') + 1)))
    hashes.push(Buffer.from(tokenHash(token)))
  }
  return { signatures, hashes }
}

async function heapText(): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of getHeapSnapshot()) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

describe('a remembered token', () => {
  const shop = { ...options, audiences: ['shop'] }
  const cart = { ...options, audiences: ['cart'] }
  const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })

  it('passes no policy but the one that it was verified for', async () => {
    const atShop = jwtAuthentication([shop], { clock })
    const atCart = jwtAuthentication([cart], { clock })
    expect((await run(atShop, inbound(bearer(good)))).status).toBe(200)
    expect((await run(atShop, inbound(bearer(good)))).status).toBe(200)
    expect((await run(atCart, inbound(bearer(good)))).status).toBe(401)
  })

  it('passes beside other issuers, and identifies the caller as it did at first', async () => {
    const guard = jwtAuthentication([{ ...shop, issuer: 'https://other.example' }, shop], { clock })
    for (let times = 0; times < 2; times++) {
      const call = inbound(bearer(good))
      expect((await run(guard, call)).status).toBe(200)
      expect([call.principal, call.claims]).toEqual(['https://id.example/alice', goodClaims])
    }
  })

  it('does not go before another token that is to be judged first', async () => {
    const guard = jwtAuthentication([{ ...shop, from: { headers: [{ name: 'x-token' }] } }, shop], { clock })
    const bob = await mint(first, { sub: 'bob' })
    expect((await run(guard, inbound(bearer(good)))).status).toBe(200)
    const call = inbound({ ...bearer(good), 'x-token': bob })
    expect((await run(guard, call)).status).toBe(200)
    expect(call.principal).toBe('https://id.example/bob')
  })

  it('is still refused beside a second one: whose would count is open', async () => {
    const guard = jwtAuthentication([shop], { clock })
    expect((await run(guard, inbound(bearer(good)))).status).toBe(200)
    const twice = inbound({ authorization: [`Bearer ${good}`, `Bearer ${good}`] })
    expect((await run(guard, twice)).status).toBe(400)
  })
})
