import { describe, expect, it } from 'vitest'
import { storeError } from '../../src/rate-limit/store-failure.js'

describe('what is said of a store that failed', () => {
  it('is the text alone, and of bounded length', () => {
    const thrown = Object.assign(new Error(`MISCONF ${'x'.repeat(1_000)}`), { command: { args: ['sidecarless:key'] } })
    const told = storeError(thrown)
    expect(Object.keys(told)).toEqual([])
    expect(told.message).toMatch(/^MISCONF x/)
    expect(told.message.length).toBeLessThan(250)
  })

  it('is without the arguments that Redis repeats', () => {
    const thrown = new Error("ERR unknown command 'EVALSHA', with args beginning with: 'f00' '1' 'sidecarless:key'")
    expect(storeError(thrown).message).toBe("ERR unknown command 'EVALSHA'")
  })

  it('is without the password of a handshake that an old Redis does not know', () => {
    const hello = 'ERR unknown command `HELLO`, with args beginning with: `3` `AUTH` `default` `hunter2`, '
    expect(storeError(new Error('not ready'), new Error(hello)).message).toBe('not ready (ERR unknown command `HELLO`)')
  })

  it('tells what the connection failed with, of several addresses by its code', () => {
    const refused = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' })
    expect(storeError(new Error('not ready'), refused).message).toBe('not ready (ECONNREFUSED)')
    expect(storeError('broken').message).toBe('broken')
  })
})
