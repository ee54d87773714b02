import { describe, expect, it } from 'vitest'
import { clientAddress } from '../../src/server/forwarded.js'
import { inboundCall } from '../rate-limit/server-call.js'

describe('trusted proxies by address', () => {
  const proxies = clientAddress(['10.0.0.0/8', '192.0.2.9', '2001:db8::/32'])
  it.each([
    ['10.1.2.3', true],
    ['11.0.0.1', false],
    ['192.0.2.9', true],
    ['192.0.2.10', false],
    ['2001:db8:1::1', true],
    ['2001:db9::1', false],
  ])('%s: %s', (address, trusted) => {
    expect(proxies.trusts(inboundCall({ address }))).toBe(trusted)
  })

  it('find the client behind them', () => {
    const headers = { 'x-forwarded-for': '198.51.100.7, 203.0.113.5, 10.9.9.9' }
    expect(proxies.of(inboundCall({ address: '10.1.2.3', headers }))).toBe('203.0.113.5')
    expect(proxies.of(inboundCall({ address: '11.0.0.1', headers }))).toBe('11.0.0.1')
  })

  it('trust nobody by an entry that no schema would take', () => {
    expect(clientAddress(['10.0.0.0/']).trusts(inboundCall({ address: '203.0.113.5' }))).toBe(false)
  })
})
