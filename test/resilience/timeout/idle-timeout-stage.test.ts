import { describe, expect, it } from 'vitest'
import { idleTimeoutStage } from '../../../src/resilience/timeout/index.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'
import { callTo, hang, upstream } from '../upstream.js'

function given() {
  const clock = fakeClock()
  const peer = upstream(hang)
  const stage = idleTimeoutStage(500, { clock })
  return { clock, peer, reply: stage(callTo(), peer.handler) }
}

const silent = { code: 'ERR_MESH_ATTEMPT_TIMEOUT', detail: 'upstream_per_try_idle_timeout' }

describe('the longest silence of an attempt', () => {
  it('bounds the wait for the reply headers', async () => {
    const { clock, reply } = given()
    const failed = expect(reply).rejects.toMatchObject(silent)
    await clock.advance(520)
    await failed
  })

  it('begins anew with every piece of the body, and breaks it off when none comes', async () => {
    const { clock, peer, reply } = given()
    await clock.advance(400)
    peer.last.headers(200)
    const text = (await reply).body.text()
    const failed = expect(text).rejects.toMatchObject(silent)
    for (let i = 0; i < 5; i++) {
      await clock.advance(400)
      expect(peer.last.cancelledWith).toBeUndefined()
      peer.last.body?.push(Buffer.from('x'))
    }
    await clock.advance(520)
    await failed
    expect(clock.pending).toBe(0)
  })

  it('leaves no timer behind when the body ends', async () => {
    const { clock, peer, reply } = given()
    peer.last.headers(200).end('done')
    expect(await (await reply).body.text()).toBe('done')
    await clock.advance(10_000)
    expect(clock.pending).toBe(0)
  })

  it('does not count while the caller does not read, and begins when it does', async () => {
    const { clock, peer, reply } = given()
    peer.last.headers(200)
    const { body } = await reply
    expect(peer.last.body?.push(Buffer.alloc(100_000))).toBe(false)
    await clock.advance(2_000)
    expect(peer.last.cancelledWith).toBeUndefined()
    const failed = expect(body.text()).rejects.toMatchObject(silent)
    await clock.advance(400)
    expect(peer.last.cancelledWith).toBeUndefined()
    await clock.advance(200)
    await failed
  })
})
