import { describe, expect, it } from 'vitest'
import { problemsOf } from '../../src/core/schema/index.js'
import { tlsOptions } from '../../src/identity/options.js'
import { Authority } from './authority.js'

const paths = (value: unknown): string[] => problemsOf(tlsOptions, value, 'tls').map((problem) => problem.path)

describe('tls options', () => {
  it.each([
    ['mutual'],
    ['simple'],
    ['disable'],
    [{ mode: 'mutual', subjectAltNames: ['spiffe://td/ns/x/sa/*'], serverName: 'x' }],
    [{ mode: 'simple', subjectAltNames: ['a.example.com'], ca: Authority.root().pem }],
  ])('may be %o', (value) => {
    expect(paths(value)).toEqual([])
  })

  it.each([
    ['an unknown mode', 'istio', ['tls']],
    ['no mode', { serverName: 'x' }, ['tls.mode']],
    ['an unknown key', { mode: 'simple', caCertificates: 'x' }, ['tls.caCertificates']],
    ['roots for mutual TLS', { mode: 'mutual', ca: Authority.root().pem }, ['tls.ca']],
    ['roots that cannot be read', { mode: 'simple', ca: 'ca.crt' }, ['tls.ca']],
    ['a host name for mutual TLS', { mode: 'mutual', subjectAltNames: ['a.b'] }, ['tls.subjectAltNames[0]']],
    ['an empty list of names', { mode: 'mutual', subjectAltNames: [] }, ['tls.subjectAltNames']],
  ])('are refused with %s', (_fact, value, expected) => {
    expect(paths(value)).toEqual(expect.arrayContaining(expected))
  })
})
