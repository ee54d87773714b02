import { describe, expect, it } from 'vitest'
import type { ServerCall } from '../../src/core/server-call.js'
import { compileKey } from '../../src/rate-limit/key.js'
import type { RateLimitBy } from '../../src/rate-limit/options.js'
import { inboundCall } from './server-call.js'

function key(by: RateLimitBy, call: ServerCall): string {
  return compileKey(by)(call)
}

function identified(change: (call: ServerCall) => void): ServerCall {
  const call = inboundCall()
  change(call)
  return call
}

const ada = { id: 'c1', username: 'ada', customId: undefined, groups: [], credentialId: 'k1' }

describe('the counter of a call', () => {
  it('is the address behind trusted proxies', () => {
    expect(key('ip', inboundCall({ client: '203.0.113.9' }))).toBe('ip:203.0.113.9')
  })

  it('is the socket when the forwarded address is none, never the raw text', () => {
    for (const client of ['1.2.3.4:80', 'evil', ' 1.2.3.4'])
      expect(key('ip', inboundCall({ client, address: '::ffff:192.0.2.7' }))).toBe('ip:192.0.2.7')
  })

  it.each<RateLimitBy>(['principal', 'consumer', 'credential', 'service', { header: 'x-tenant' }, { path: '/login' }])(
    'falls back to the address without %j',
    (by) => {
      expect(key(by, inboundCall())).toBe('ip:192.0.2.1')
    },
  )

  it('tells identities apart by their exact bytes', () => {
    const keys = ['iss/ada', 'iss/Ada', 'iss/ada ', 'iss/ada\u0000'].map((principal) =>
      key(
        'principal',
        identified((call) => {
          call.principal = principal
        }),
      ),
    )
    expect(new Set(keys).size).toBe(4)
  })

  it('does not mix kinds up: a consumer, a credential and a header of one text are three counters', () => {
    const call = identified((one) => {
      one.consumer = { ...ada, id: 'same', credentialId: 'same' }
      one.principal = 'same'
      one.headers.set('x-tenant', 'same')
    })
    const kinds: RateLimitBy[] = ['consumer', 'credential', 'principal', { header: 'x-tenant' }]
    expect(new Set(kinds.map((by) => key(by, call))).size).toBe(4)
  })

  it('cannot be forged by putting a separator into a value', () => {
    const forged = key({ header: 'x-tenant' }, inboundCall({ headers: { 'x-tenant': 'ip:192.0.2.1' } }))
    expect(forged).not.toBe(key('ip', inboundCall()))
    expect(forged).not.toContain('192.0.2.1')
  })

  it('has a bounded length and shows nothing of a header', () => {
    const long = key({ header: 'X-Api-Key' }, inboundCall({ headers: { 'x-api-key': `secret${'x'.repeat(10_000)}` } }))
    expect(long.length).toBeLessThan(64)
    expect(long).not.toContain('secret')
  })

  it('is one for a header in any case and treats an empty header as none', () => {
    expect(key({ header: 'X-Tenant' }, inboundCall({ headers: { 'x-tenant': 'a' } }))).toBe(
      key({ header: 'x-tenant' }, inboundCall({ headers: { 'X-TENANT': 'a' } })),
    )
    expect(key({ header: 'x-tenant' }, inboundCall({ headers: { 'x-tenant': '' } }))).toBe('ip:192.0.2.1')
  })

  it.each([
    '/login',
    '/login/',
    '//login',
    '/LOGIN',
    '/%6cogin',
    '/login?x=1',
    '/./login',
    '/login;v=1',
    '//x/../login',
    '//;x/login',
  ])('is the same path for %s', (target) => {
    expect(key('path', inboundCall({ target }))).toBe(key('path', inboundCall({ target: '/login' })))
  })

  it('by one path (Kong) is that path for all clients and the address elsewhere', () => {
    const by = { path: '/login' }
    expect(key(by, inboundCall({ target: '/login', client: '203.0.113.1' }))).toBe(
      key(by, inboundCall({ target: '/login', client: '203.0.113.2' })),
    )
    expect(key(by, inboundCall({ target: '/other' }))).toBe('ip:192.0.2.1')
  })

  it.each(['__proto__', 'constructor', 'undefined', 'null'])('is an ordinary one for a principal called %s', (name) => {
    const call = identified((one) => {
      one.principal = name
    })
    expect(key('principal', call)).toMatch(/^principal#[\w-]{22}$/)
  })
})
