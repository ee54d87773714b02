import { describe, expect, it } from 'vitest'
import { compose } from '../../../src/core/interceptor.js'
import { timeout } from '../../../src/resilience/timeout/index.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'
import { callTo, hang, upstream } from '../upstream.js'

describe('timeout()', () => {
  it.each([
    ['total', { total: '1s' }, 'ERR_MESH_TIMEOUT', 1_000],
    ['per try', { perTry: '1s' }, 'ERR_MESH_ATTEMPT_TIMEOUT', 1_000],
    ['both: per try first', { total: '2s', perTry: '1s' }, 'ERR_MESH_ATTEMPT_TIMEOUT', 1_000],
    ['both: a per-try timeout that is not shorter has no effect', { total: 800, perTry: 800 }, 'ERR_MESH_TIMEOUT', 800],
  ] as const)('%s', async (_, options, code, afterMs) => {
    const clock = fakeClock()
    const send = compose([timeout(options, { clock })], upstream(hang).handler)
    const failure = expect(send(callTo())).rejects.toMatchObject({ code })
    await clock.advance(afterMs * 1.016 + 8)
    await failure
  })

  it('refuses options that are none', () => {
    // @ts-expect-error a misspelt unit is a compile error too
    expect(() => timeout({ total: '2sec' })).toThrow(/timeout\.total: must be a duration/)
  })
})
