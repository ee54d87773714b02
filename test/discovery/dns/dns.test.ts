import { describe, expect, it } from 'vitest'
import { ConfigError, dns } from '../../../src/index.js'

describe('dns', () => {
  it.each([
    ['reviews.shop.svc:9443', { kind: 'dns', name: 'reviews.shop.svc', port: 9443 }],
    ['reviews', { kind: 'dns', name: 'reviews' }],
    ['reviews.shop.svc.:80', { kind: 'dns', name: 'reviews.shop.svc.', port: 80 }],
    ['10.0.0.7:8080', { kind: 'dns', name: '10.0.0.7', port: 8080 }],
    ['[::1]:8080', { kind: 'dns', name: '::1', port: 8080 }],
    ['_http._tcp.reviews', { kind: 'dns', name: '_http._tcp.reviews' }],
  ])('%s is plain data', (name, data) => {
    expect(dns(name)).toEqual(data)
    expect(JSON.parse(JSON.stringify(dns(name)))).toEqual(data)
  })

  it('carries its options', () => {
    expect(dns('reviews:80', { mode: 'logical', labels: { version: 'v1' } })).toEqual({
      kind: 'dns',
      name: 'reviews',
      port: 80,
      mode: 'logical',
      labels: { version: 'v1' },
    })
  })

  it.each([
    ['http://reviews', {}],
    ['reviews/path', {}],
    ['', {}],
    ['a b', {}],
    ['reviews..svc', {}],
    ['reviews:0', {}],
    ['reviews:65536', {}],
    [`${'a'.repeat(64)}.svc`, {}],
    ['_http._tcp.reviews:80', { mode: 'srv' as const }],
    ['10.0.0.1', { mode: 'srv' as const }],
    ['reviews', { refresh: 999 }],
    ['reviews', { servers: ['dns.google'] }],
    ['reviews', { servers: ['1.1.1.1:70000'] }],
    ['reviews', { servers: [] }],
  ])('%s with %o is refused', (name, options) => {
    expect(() => dns(name, options)).toThrow(ConfigError)
  })

  it.each(['127.0.0.1', '127.0.0.1:8600', '[::1]:8600', '[::1]', '::1'])('%s is a DNS server', (server) => {
    expect(dns('reviews', { servers: [server] }).servers).toEqual([server])
  })
})
