import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fetchUrl } from '../../../src/adapters/fetch/url.js'

/** What WHATWG's own parser makes of it. */
function parsed(input: string): unknown {
  const url = new URL(input)
  url.hash = ''
  const href = url.href.endsWith('#') ? url.href.slice(0, -1) : url.href
  return { href, scheme: url.protocol.slice(0, -1), authority: url.host, path: href.slice(url.origin.length) }
}

const pieces = fc.array(
  fc.constantFrom(
    '/',
    '.',
    '..',
    '%2e',
    '%2E',
    '%2f',
    'a',
    'B',
    '_',
    '-',
    '~',
    '!',
    "'",
    '(',
    '*',
    ',',
    ';',
    ':',
    '@',
    '&',
    '=',
    '+',
    '$',
    '%',
    '%zz',
    '?',
    '#',
    '"',
    '<',
    '`',
    '{',
    '|',
    '^',
    '[',
    ' ',
    '\\',
    'ä',
    '\t',
    '0',
  ),
  { maxLength: 12 },
)
const hosts = fc.constantFrom(
  'a',
  'A',
  'reviews',
  'reviews.shop.svc',
  'a_b',
  'a-',
  '-a',
  'a.',
  '1',
  '1.2',
  '127.0.0.1',
  '127.1',
  '0x7f.1',
  '010.0.0.1',
  '256.1.1.1',
  '1.2.3.4.5',
  'a.1',
  '1.a',
  'xn--a',
  'xn--mnchen-3ya',
  'ä',
  '[::1]',
  '[::0:1]',
  'a..b',
  '.a',
  'a%41',
  '0',
  '999999999999',
)
const ports = fc.constantFrom('', ':', ':80', ':443', ':8080', ':0', ':08', ':65535', ':65536', ':99999', ':x')

describe('fetchUrl', () => {
  it('takes a URL apart as WHATWG does, by the quick path or the other', () => {
    fc.assert(
      fc.property(fc.constantFrom('http', 'https', 'HTTP'), hosts, ports, pieces, (scheme, host, port, rest) => {
        const path = rest.join('')
        const input = `${scheme}://${host}${port}${path === '' || path.startsWith('?') || path.startsWith('#') ? path : `/${path}`}`
        let expected: unknown
        try {
          expected = parsed(input)
        } catch {
          expect(() => fetchUrl(input)).toThrow(TypeError)
          return
        }
        expect(fetchUrl(input)).toEqual(expected)
      }),
      { numRuns: 5_000 },
    )
  })

  it.each(['data:,x', 'blob:x', 'mesh://orders/', 'file:///x'])('%s is none of ours', (input) => {
    expect(fetchUrl(input)).toBeUndefined()
  })
})
