import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { verifyChain } from '../../src/identity/peer.js'
import { implicit, sequence } from '../../src/identity/x509/der-writer.js'
import {
  basicConstraints,
  extendedKeyUsage,
  extension,
  keyUsage,
  keyUsageBit,
  subjectAltName,
} from '../../src/identity/x509/extensions.js'
import { oid } from '../../src/identity/x509/oids.js'
import { Authority, ecKeys, type LeafOptions } from './authority.js'

const a = Authority.root('A')
const b = Authority.root('B')
const bundles = new Map([
  ['td.a', [a.certificate]],
  ['td.b', [b.certificate]],
])
const id = 'spiffe://td.a/ns/shop/sa/web'
const now = Date.now()
const { digitalSignature, keyEncipherment, keyCertSign, crlSign } = keyUsageBit

const rawSan = (...uris: (string | Buffer)[]): Buffer =>
  extension(oid.subjectAltName, false, sequence(...uris.map((uri) => implicit(6, Buffer.from(uri)))))

const verdict = (uri: string | undefined, options?: LeafOptions): string => {
  try {
    return verifyChain([a.leaf(uri, options).certificate], bundles, now).spiffeId
  } catch (error) {
    return error instanceof Error && 'detail' in error ? String(error.detail) : String(error)
  }
}

describe('a leaf certificate is accepted', () => {
  it.each<[string, LeafOptions]>([
    ['X01 with a P-256 key', {}],
    ['X01 with a P-384 key', { keys: ecKeys('P-384') }],
    ['X01 with a P-521 key', { keys: ecKeys('P-521') }],
    ['X01 with an RSA-2048 key', { keys: generateKeyPairSync('rsa', { modulusLength: 2048 }) }],
    ['X01 with an Ed25519 key', { keys: generateKeyPairSync('ed25519') }],
    ['with keyEncipherment beside digitalSignature', { keyUsage: keyUsage([digitalSignature, keyEncipherment]) }],
    ['X18 without extended key usage', { extendedKeyUsage: null }],
    [
      'with DNS and IP names beside the URI',
      { san: subjectAltName({ uris: [id], dnsNames: ['x.y'], ipAddresses: ['::1'] }) },
    ],
    ['X26 with an empty subject', { commonName: '' }],
  ])('%s', (_fact, options) => {
    expect(verdict(id, options)).toBe(id)
  })
})

describe('a leaf certificate is refused', () => {
  it.each<[string, string, string | undefined, LeafOptions]>([
    ['X02 expired', 'expired', id, { notAfterMs: now - 1000 }],
    ['X02 not yet valid', 'not_yet_valid', id, { notBeforeMs: now + 60_000 }],
    ['X04 without a URI name', 'not_an_svid', undefined, { san: subjectAltName({ dnsNames: ['td.a'] }) }],
    ['X04 without any name', 'not_an_svid', undefined, {}],
    ['X05 with two URI names', 'not_an_svid', id, { san: subjectAltName({ uris: [id, 'https://x'] }) }],
    ['X06 with an https URI', 'not_an_svid', 'https://td.a/x', {}],
    ['X07 without a path', 'not_an_svid', 'spiffe://td.a', {}],
    ['X12 with a forged separator', 'not_an_svid', `${id}, URI:spiffe://td.a/admin`, {}],
    ['X12 with a line break', 'malformed', undefined, { san: rawSan(`${id}\nURI:spiffe://td.a/admin`) }],
    ['X13 with a NUL', 'malformed', undefined, { san: rawSan(`${id}\0.evil`) }],
    [
      'X13 with a NUL in another name',
      'malformed',
      undefined,
      {
        san: subjectAltName({ uris: [id], dnsNames: ['good\0.evil'] }),
      },
    ],
    ['X14 as a CA', 'not_an_svid', id, { basicConstraints: basicConstraints(true) }],
    ['X15 with keyCertSign', 'not_an_svid', id, { keyUsage: keyUsage([digitalSignature, keyCertSign]) }],
    ['X15 with cRLSign', 'not_an_svid', id, { keyUsage: keyUsage([digitalSignature, crlSign]) }],
    ['X16 without digitalSignature', 'not_an_svid', id, { keyUsage: keyUsage([keyEncipherment]) }],
    ['X16 without key usage', 'not_an_svid', id, { keyUsage: null }],
    ['X16 with key usage not critical', 'not_an_svid', id, { keyUsage: keyUsage([digitalSignature], false) }],
    ['X17 for code signing only', 'not_an_svid', id, { extendedKeyUsage: extendedKeyUsage(['1.3.6.1.5.5.7.3.3']) }],
    ['X17 for any use only', 'not_an_svid', id, { extendedKeyUsage: extendedKeyUsage(['2.5.29.37.0']) }],
    ['X19 for servers only', 'not_an_svid', id, { extendedKeyUsage: extendedKeyUsage([oid.serverAuth]) }],
    ['X20 of another trust domain', 'unknown_ca', 'spiffe://td.b/ns/shop/sa/web', {}],
    ['X20 of an unknown trust domain', 'trust_domain', 'spiffe://td.c/ns/shop/sa/web', {}],
    ['X24 with an RSA-1024 key', 'weak', id, { keys: generateKeyPairSync('rsa', { modulusLength: 1024 }) }],
    ['X25 with a P-192 key', 'weak', id, { keys: ecKeys('prime192v1') }],
    [
      'F49 of ten thousand names',
      'malformed',
      id,
      {
        san: subjectAltName({ uris: [id], dnsNames: Array.from({ length: 10_000 }, (_, i) => `host-${i}.example`) }),
      },
    ],
  ])('%s: %s', (_fact, reason, uri, options) => {
    expect(verdict(uri, options)).toBe(reason)
  })

  it('X03 signed by a CA of the same name and another key', () => {
    const impostor = Authority.root('A')
    expect(() => verifyChain([impostor.leaf(id).certificate], bundles, now)).toThrow(
      expect.objectContaining({ code: 'ERR_MESH_TLS', detail: 'unknown_ca' }),
    )
  })

  it('X02 from the very second of its notAfter', () => {
    const notAfterMs = Math.floor(now / 1000) * 1000 + 60_000
    const { certificate } = a.leaf(id, { notAfterMs })
    expect(verifyChain([certificate], bundles, notAfterMs - 1).notAfterMs).toBe(notAfterMs)
    expect(() => verifyChain([certificate], bundles, notAfterMs)).toThrow('expired')
  })
})

describe('the way to a root', () => {
  const middle = a.intermediate('middle')
  const leaf = middle.leaf(id).certificate
  const other = b.intermediate('other').certificate

  it.each([
    ['X21 leads through an intermediate', [leaf, middle.certificate], true],
    ['X21 is missing without it', [leaf], false],
    ['X21 is found in any order, the root sent along', [leaf, other, a.certificate, middle.certificate], true],
    ['X22 does not lead through another leaf', [middle.leaf(id).certificate, a.leaf(id).certificate], false],
  ])('%s', (_fact, chain, found) => {
    const verify = (): unknown => verifyChain(chain, bundles, now)
    if (found) expect(verify).not.toThrow()
    else expect(verify).toThrow(expect.objectContaining({ detail: 'unknown_ca' }))
  })

  it('X22 does not lead through an issuer that is expired or no CA', () => {
    for (const options of [{ notAfterMs: now - 1000 }, { ca: false }]) {
      const bad = a.intermediate('bad', options)
      expect(() => verifyChain([bad.leaf(id).certificate, bad.certificate], bundles, now)).toThrow(
        expect.objectContaining({ detail: 'unknown_ca' }),
      )
    }
  })

  it('X31 is not searched for in a hundred certificates, nor in a maze', () => {
    const many = Array.from({ length: 100 }, () => middle.certificate)
    expect(() => verifyChain([leaf, ...many], bundles, now)).toThrow('too many')
    const maze = Array.from({ length: 8 }, () => Authority.root('same').intermediate('same').certificate)
    const start = performance.now()
    expect(() => verifyChain([Authority.root('same').leaf(id).certificate, ...maze], bundles, now)).toThrow()
    expect(performance.now() - start).toBeLessThan(300)
  })

  it('names the issuer that nobody knows, on one line', () => {
    const stranger = Authority.root('old\nroot')
    expect(() => verifyChain([stranger.leaf(id).certificate], bundles, now)).toThrow(/^[\x20-\x7e]*CN=old[\x20-\x7e]*$/)
  })
})
