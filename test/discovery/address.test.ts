import { describe, expect, it } from 'vitest'
import { parseAddress } from '../../src/discovery/index.js'

describe('an address', () => {
  it.each([
    ['http://10.0.0.1:8080', { id: '10.0.0.1:8080', scheme: 'http', host: '10.0.0.1', port: 8080 }],
    ['https://Reviews.shop.svc', { id: 'reviews.shop.svc:443', scheme: 'https', host: 'reviews.shop.svc', port: 443 }],
    ['http://h/', { id: 'h:80', scheme: 'http', host: 'h', port: 80 }],
    ['https://[2001:DB8::1]:9443', { id: '[2001:db8::1]:9443', scheme: 'https', host: '2001:db8::1', port: 9443 }],
  ])('%s is split into its pieces', (url, expected) => {
    expect(parseAddress(url)).toEqual({ ...expected, origin: `${expected.scheme}://${expected.id}` })
  })

  it.each([
    '',
    'h:80',
    'ftp://h:80',
    'http://',
    'http://h:0',
    'http://h:65536',
    'http://h:x',
    'http://h/path',
    'http://h?q',
    'http://h#f',
    'http://user:pw@h',
    'http://h h',
  ])('%j is none', (url) => {
    expect(parseAddress(url)).toBeUndefined()
  })
})
