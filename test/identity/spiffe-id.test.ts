import { describe, expect, it } from 'vitest'
import { isIdentityPattern, matchesIdentity } from '../../src/identity/identity-pattern.js'
import { parseSpiffeId } from '../../src/identity/spiffe-id.js'

describe('a SPIFFE ID', () => {
  it.each([
    'spiffe://td.a/x',
    'spiffe://cluster.local/ns/shop/sa/web',
    'spiffe://a_b-c.9/A.b-c_D/0',
    'spiffe://td/...',
    `spiffe://td/${'a'.repeat(2048 - 12)}`,
  ])('may be %.60s', (uri) => {
    const id = parseSpiffeId(uri)
    expect(id.uri).toBe(uri)
    expect(`${id.trustDomain}${id.path}`).toBe(id.principal)
    expect(`spiffe://${id.principal}`).toBe(uri)
  })

  it.each([
    ['X06 another scheme', 'https://td.a/x'],
    ['X07 no path', 'spiffe://td.a'],
    ['X07 an empty path', 'spiffe://td.a/'],
    ['X08 an upper-case scheme', 'SPIFFE://td.a/x'],
    ['X08 an upper-case trust domain', 'spiffe://TD.A/x'],
    ['X09 a percent escape', 'spiffe://td.a/ns%2fx'],
    ['X09 a relative segment', 'spiffe://td.a/ns/../x'],
    ['X09 a dot segment', 'spiffe://td.a/./x'],
    ['X09 an empty segment', 'spiffe://td.a//x'],
    ['X09 a trailing slash', 'spiffe://td.a/x/'],
    ['X10 a port', 'spiffe://td.a:443/x'],
    ['X10 a user', 'spiffe://u@td.a/x'],
    ['X10 a query', 'spiffe://td.a/x?y'],
    ['X10 a fragment', 'spiffe://td.a/x#f'],
    ['X11 more than 2048 bytes', `spiffe://td.a/${'a'.repeat(2048 - 13)}`],
    ['a trust domain of more than 255 bytes', `spiffe://${'a'.repeat(256)}/x`],
    ['no trust domain', 'spiffe:///x'],
    ['X12 what looks like another name', 'spiffe://td.a/x, URI:spiffe://td.a/admin'],
    ['a line break', 'spiffe://td.a/x\n'],
    ['non-ASCII', 'spiffe://td.a/ä'],
    ['nothing', ''],
  ])('is refused with %s', (_fact, uri) => {
    expect(() => parseSpiffeId(uri)).toThrow(
      expect.objectContaining({ code: 'ERR_MESH_PEER_IDENTITY', detail: 'not_an_svid' }),
    )
  })

  it('is refused in a message of one printable line', () => {
    expect(() => parseSpiffeId(`spiffe://td.a/\u0007\n${'x'.repeat(3000)}`)).toThrow(/^[\x20-\x7e]{20,300}$/)
  })
})

describe('an identity pattern', () => {
  it.each([
    ['spiffe://td/ns/x/sa/web', 'spiffe://td/ns/x/sa/web', true],
    ['spiffe://td/ns/x/sa/web', 'spiffe://td/ns/x/sa/web2', false],
    ['spiffe://td/ns/x/sa/*', 'spiffe://td/ns/x/sa/web', true],
    ['spiffe://td/ns/x/sa/*', 'spiffe://td/ns/x/sa/web/admin', false],
    ['spiffe://td/ns/x/sa/*', 'spiffe://td/ns/xy/sa/web', false],
    ['spiffe://td/ns/x/sa/*', 'spiffe://td2/ns/x/sa/web', false],
  ])('%s matches %s: %s', (pattern, uri, expected) => {
    expect(matchesIdentity({ uri }, pattern)).toBe(expected)
  })

  it.each([
    ['spiffe://td/ns/x/sa/*', true],
    ['spiffe://td/x', true],
    ['spiffe://td/*', true],
    ['spiffe://*/x', false],
    ['spiffe://td/ns/*/sa/web', false],
    ['spiffe://td/ns/web*', false],
    ['*', false],
    ['web.example.com', false],
  ])('%s may stand in a config: %s', (pattern, expected) => {
    expect(isIdentityPattern(pattern)).toBe(expected)
  })
})
