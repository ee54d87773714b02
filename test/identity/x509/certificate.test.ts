import { execFileSync, spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generate } from 'selfsigned'
import { afterAll, describe, expect, it } from 'vitest'
import { subjectAltNames } from '../../../src/identity/san.js'
import {
  basicConstraints,
  extendedKeyUsage,
  keyUsageBit,
  subjectAltName,
} from '../../../src/identity/x509/extensions.js'
import { oid } from '../../../src/identity/x509/oids.js'
import {
  extendedKeyUsages,
  isAuthority,
  keyUsageHas,
  parseCertificate,
} from '../../../src/identity/x509/parsed-certificate.js'
import { Authority } from '../authority.js'

const root = Authority.root()
const names = subjectAltName({
  uris: ['spiffe://td.a/ns/shop/sa/web'],
  dnsNames: ['localhost'],
  ipAddresses: ['127.0.0.1', '::1', '2001:db8::5:0'],
})
const leaf = root.leaf(undefined, { san: names })
const dir = mkdtempSync(join(tmpdir(), 'x509-'))
afterAll(() => rmSync(dir, { recursive: true }))
const hasOpenssl = spawnSync('openssl', ['version']).status === 0

describe('a certificate of ours', () => {
  it('says to Node what was asked for', () => {
    const { certificate } = leaf
    expect(certificate.subjectAltName).toBe(
      'URI:spiffe://td.a/ns/shop/sa/web, DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, IP Address:2001:DB8:0:0:0:0:5:0',
    )
    expect(certificate.ca).toBe(false)
    expect(certificate.keyUsage).toEqual([oid.serverAuth, oid.clientAuth])
    expect(certificate.subject).toBe('CN=leaf')
    expect(certificate.issuer).toBe('CN=test root')
    expect(certificate.checkIssued(root.certificate)).toBe(true)
    expect(certificate.verify(root.certificate.publicKey)).toBe(true)
    expect(certificate.checkPrivateKey(leaf.privateKey)).toBe(true)
    expect(root.certificate.ca).toBe(true)
    expect(certificate.serialNumber).toMatch(/^[4-7][0-9A-F]{31}$/)
  })

  it.runIf(hasOpenssl)('passes the strict verification of the openssl command', () => {
    const middle = root.intermediate('middle')
    const below = middle.leaf('spiffe://td.a/x')
    for (const [name, pem] of [
      ['root.pem', root.pem],
      ['middle.pem', middle.pem],
      ['leaf.pem', leaf.cert],
      ['below.pem', below.cert],
    ] as const)
      writeFileSync(join(dir, name), pem)
    const openssl = (...args: string[]): string => execFileSync('openssl', args, { cwd: dir, encoding: 'utf8' })
    for (const purpose of ['sslserver', 'sslclient']) {
      const strict = ['verify', '-x509_strict', '-purpose', purpose, '-CAfile', 'root.pem']
      expect(openssl(...strict, 'leaf.pem')).toContain('leaf.pem: OK')
      expect(openssl(...strict, '-untrusted', 'middle.pem', 'below.pem')).toContain('below.pem: OK')
    }
    const text = openssl('x509', '-in', 'leaf.pem', '-noout', '-text')
    expect(text).toContain('Version: 3 (0x2)')
    expect(text).toMatch(/Key Usage: critical\s+Digital Signature\n/)
    expect(text).toMatch(/Basic Constraints: critical\s+CA:FALSE/)
    expect(text).toContain('URI:spiffe://td.a/ns/shop/sa/web')
  })

  it('is made in no time', () => {
    const start = performance.now()
    for (let i = 0; i < 10; i++) root.leaf('spiffe://td.a/x')
    expect((performance.now() - start) / 10).toBeLessThan(20)
  })
})

describe('taking certificates apart', () => {
  it('reads the extensions of ours', () => {
    const parsed = parseCertificate(leaf.certificate.raw)
    expect(parsed.version).toBe(3)
    expect(parsed.serialNegative).toBe(false)
    expect(parsed.signatureAlgorithm).toBe(oid.ecdsaWithSha256)
    expect(isAuthority(parsed)).toBe(false)
    expect(isAuthority(parseCertificate(root.certificate.raw))).toBe(true)
    expect(keyUsageHas(parsed, keyUsageBit.digitalSignature)).toBe(true)
    expect(keyUsageHas(parsed, keyUsageBit.keyCertSign)).toBe(false)
    expect(parsed.extensions.get(oid.keyUsage)?.critical).toBe(true)
    expect(extendedKeyUsages(parsed)).toEqual([oid.serverAuth, oid.clientAuth])
    const { uris, dnsNames, ipAddresses } = subjectAltNames(parsed)
    expect(uris).toEqual(['spiffe://td.a/ns/shop/sa/web'])
    expect(dnsNames).toEqual(['localhost'])
    expect(ipAddresses.map((bytes) => bytes.toString('hex'))).toEqual([
      '7f000001',
      '00000000000000000000000000000001',
      '20010db8000000000000000000050000',
    ])
  })

  it('reads those of another library', async () => {
    const pems = await generate([{ name: 'commonName', value: 'other' }], {
      extensions: [
        { name: 'basicConstraints', cA: true, critical: true },
        { name: 'keyUsage', digitalSignature: true, keyCertSign: true, critical: true },
        { name: 'extKeyUsage', serverAuth: true },
        {
          name: 'subjectAltName',
          altNames: [
            { type: 6, value: 'spiffe://td.b/x' },
            { type: 2, value: 'b.example' },
          ],
        },
      ],
    })
    const parsed = parseCertificate(new X509Certificate(pems.cert).raw)
    expect(parsed.version).toBe(3)
    expect(isAuthority(parsed)).toBe(true)
    expect(keyUsageHas(parsed, keyUsageBit.keyCertSign)).toBe(true)
    expect(keyUsageHas(parsed, keyUsageBit.crlSign)).toBe(false)
    expect(extendedKeyUsages(parsed)).toEqual([oid.serverAuth])
    expect(subjectAltNames(parsed)).toEqual({ uris: ['spiffe://td.b/x'], dnsNames: ['b.example'], ipAddresses: [] })
  })

  it('refuses an extension that is there twice', () => {
    const twice = root.leaf('spiffe://td.a/x', { more: [basicConstraints(true)] })
    expect(() => parseCertificate(twice.certificate.raw)).toThrow('twice')
  })

  it('tells no extended key usage from an empty one', () => {
    expect(
      extendedKeyUsages(parseCertificate(root.leaf('spiffe://td.a/x', { extendedKeyUsage: null }).certificate.raw)),
    ).toBe(undefined)
    const empty = root.leaf('spiffe://td.a/x', { extendedKeyUsage: extendedKeyUsage([]) })
    expect(extendedKeyUsages(parseCertificate(empty.certificate.raw))).toEqual([])
  })
})
