import { describe, expect, it } from 'vitest'
import { checkServerName } from '../../src/identity/server-name.js'
import { type AltNames, subjectAltName } from '../../src/identity/x509/extensions.js'
import { Authority } from './authority.js'

const root = Authority.root()
const check = (names: AltNames | undefined, host: string, commonName = 'leaf'): string | undefined =>
  checkServerName(
    root.leaf(undefined, { san: names === undefined ? undefined : subjectAltName(names), commonName }).certificate.raw,
    [host],
  )?.code

describe('a host name is covered', () => {
  it.each<[string, AltNames, string]>([
    ['by an equal name', { dnsNames: ['a.example.com'] }, 'a.example.com'],
    ['whatever the case', { dnsNames: ['A.Example.com'] }, 'a.eXample.COM'],
    ['with a trailing dot', { dnsNames: ['a.example.com'] }, 'a.example.com.'],
    ['by a wildcard for its first label', { dnsNames: ['*.example.com'] }, 'a.example.com'],
    ['by one of several', { dnsNames: ['x.y', 'a.b'] }, 'a.b'],
    ['as an IPv4 address', { ipAddresses: ['10.0.0.11'] }, '10.0.0.11'],
    ['as an IPv6 address in another spelling', { ipAddresses: ['2001:db8::1'] }, '2001:DB8:0:0:0:0:0:1'],
    ['as a URI that was asked for', { uris: ['spiffe://td/x'] }, 'spiffe://td/x'],
  ])('%s', (_fact, names, host) => {
    expect(check(names, host)).toBe(undefined)
  })
})

describe('a host name is not covered', () => {
  it.each<[string, AltNames | undefined, string]>([
    ['X28 by a common name', undefined, 'leaf'],
    ['X28 by a common name beside other names', { dnsNames: ['other'] }, 'leaf'],
    ['X29 by a URI that reads like it', { uris: ['https://a.example.com'] }, 'a.example.com'],
    ['X30 by a wildcard over a top-level domain', { dnsNames: ['*.com'] }, 'example.com'],
    ['X30 by a wildcard inside a label', { dnsNames: ['a*b.example.com'] }, 'axb.example.com'],
    ['X30 by a wildcard in a deeper label', { dnsNames: ['a.*.example.com'] }, 'a.b.example.com'],
    ['X30 by a lone star', { dnsNames: ['*'] }, 'localhost'],
    ['two labels deep', { dnsNames: ['*.example.com'] }, 'a.b.example.com'],
    ['by the wildcard itself', { dnsNames: ['*.example.com'] }, 'example.com'],
    ['as an address by a DNS name', { dnsNames: ['10.0.0.11'] }, '10.0.0.11'],
    ['by another address', { ipAddresses: ['10.0.0.12'] }, '10.0.0.11'],
  ])('%s', (_fact, names, host) => {
    expect(check(names, host)).toBe('ERR_MESH_PEER_IDENTITY')
  })

  it('says what was expected and what was presented', () => {
    const { certificate } = root.leaf(undefined, { san: subjectAltName({ dnsNames: ['a.b', 'c.d'] }) })
    expect(checkServerName(certificate.raw, ['x.y'])?.message).toBe(
      'expected a certificate for x.y, the server presented one for a.b, c.d',
    )
  })
})
