import { describe, expect, it } from 'vitest'
import { createMesh } from '../../src/index.js'
import { faultyRelay } from '../../src/testing/index.js'
import { closing, expectNothingLeaks, serving } from './scaffold.js'

expectNothingLeaks()

describe('F24 the peer has vanished, and its connections are half open', () => {
  it('after one deadline, calls go over new connections', async () => {
    const server = await serving({ reply: 200, delayMs: 20 })
    const relay = closing(await faultyRelay(server.port))
    const services = { api: { endpoints: [{ url: relay.url }], timeout: '5s' as const } }
    const mesh = closing(createMesh({ service: 'test', config: { services } }))
    const call = async (timeout: '200ms' | '5s' = '5s'): Promise<number> => {
      const reply = await mesh.request({ service: 'api', timeout })
      await reply.body.bytes()
      return reply.status
    }
    expect(await Promise.all([call(), call(), call()])).toEqual([200, 200, 200])
    expect(relay.connections).toBe(3)
    // The pool hears that they are free again.
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
    const silence = { timeoutMs: Number.POSITIVE_INFINITY }
    relay.poison(silence, 'requests')
    relay.poison(silence)
    await expect(call('200ms')).rejects.toMatchObject({ code: 'ERR_MESH_TIMEOUT', phase: 'headers' })
    relay.poison({}, 'requests')
    relay.poison()
    expect(await call('200ms')).toBe(200)
    expect(server.requests.at(-1)?.connection).toBeGreaterThan(3)
    // undici opens one in place of the call that was given up, and the next call has one of its own.
    expect(relay.connections).toBeLessThanOrEqual(5)
  })
})
