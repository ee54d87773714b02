import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import type { BodyInit } from '../../src/core/body.js'
import { type ClientCall, clientCall } from '../../src/core/call.js'
import type { MeshErrorCode } from '../../src/core/error-codes.js'
import { fakeClock, scriptedUpstream } from '../../src/testing/index.js'

const callTo = (path = '/', body?: BodyInit): ClientCall => clientCall({ service: 'reviews', path, body })

describe('the script', () => {
  it('is an empty 200 when there is none', async () => {
    const reply = await scriptedUpstream()(callTo())
    expect(reply.status).toBe(200)
    expect(await reply.body.text()).toBe('')
  })

  it('queued steps go first, one call each; then the script rules', async () => {
    const upstream = scriptedUpstream({ reply: 204 }).reply(503).fail('ERR_MESH_RESET')
    expect((await upstream(callTo())).status).toBe(503)
    await expect(upstream(callTo())).rejects.toMatchObject({ code: 'ERR_MESH_RESET' })
    expect((await upstream(callTo())).status).toBe(204)
  })

  it('as a list is played in order, and its last step goes on for ever', async () => {
    const upstream = scriptedUpstream([{ reply: 500 }, { reply: 200 }])
    const statuses = [await upstream(callTo()), await upstream(callTo()), await upstream(callTo())].map((r) => r.status)
    expect(statuses).toEqual([500, 200, 200])
  })

  it('as a function sees the call, and the number of the call', async () => {
    const upstream = scriptedUpstream((call, n) => ({ reply: 200, body: `${call.path} ${n}` }))
    await upstream(callTo('/a'))
    const reply = await upstream(callTo('/b'))
    expect(await reply.body.text()).toBe('/b 2')
  })
})

describe('a reply', () => {
  it('has headers, body and trailers, and has ended when it arrives', async () => {
    const upstream = scriptedUpstream().reply(200, {
      headers: { 'x-a': '1' },
      body: '{"a":1}',
      trailers: { 'x-t': 'z' },
    })
    const reply = await upstream(callTo())
    expect(reply.lease.ended).toBe(true)
    expect(reply.headers.get('x-a')).toBe('1')
    expect(await reply.body.json()).toEqual({ a: 1 })
    expect(reply.trailers.get('x-t')).toBe('z')
  })

  it('comes late, and its body later, by the clock', async () => {
    const clock = fakeClock()
    const upstream = scriptedUpstream([], { clock }).reply(200, { body: 'ab', delayMs: 10, bodyDelayMs: 20, dripMs: 5 })
    let answered = false
    const pending = upstream(callTo()).then((reply) => {
      answered = true
      return reply
    })
    await clock.advance(9)
    expect(answered).toBe(false)
    await clock.advance(1)
    expect(answered).toBe(true)
    const reply = await pending
    const text = reply.body.text()
    await clock.advance(29)
    expect(upstream.active).toBe(1)
    await clock.advance(1)
    expect(upstream.active).toBe(0)
    expect(await text).toBe('ab')
  })

  it('that is cut fails its reader, never a short success', async () => {
    const reply = await scriptedUpstream().truncate(3, 'abcdef')(callTo())
    expect(reply.status).toBe(200)
    await expect(reply.body.text()).rejects.toMatchObject({ code: 'ERR_MESH_TRUNCATED' })
    expect(reply.lease.error?.code).toBe('ERR_MESH_TRUNCATED')
  })
})

describe('a failure', () => {
  const sent: [MeshErrorCode, boolean][] = [
    ['ERR_MESH_CONNECT', false],
    ['ERR_MESH_CONNECT_TIMEOUT', false],
    ['ERR_MESH_TLS', false],
    ['ERR_MESH_OVERFLOW', false],
    ['ERR_MESH_RESET_BEFORE_RESPONSE', true],
    ['ERR_MESH_PROTOCOL', true],
  ]
  it.each(sent)('%s leaves call.sent %s', async (code, isSent) => {
    const call = callTo()
    await expect(scriptedUpstream().fail(code)(call)).rejects.toMatchObject({ code, service: 'reviews', attempts: 1 })
    expect(call.sent).toBe(isSent)
  })

  it('may say otherwise whether anything was sent', async () => {
    const call = callTo()
    await expect(scriptedUpstream().fail('ERR_MESH_RESET_BEFORE_RESPONSE', { sent: false })(call)).rejects.toThrow()
    expect(call.sent).toBe(false)
  })
})

describe('cancellation', () => {
  const reason = new Error('enough')

  it('ends a silent call at once, with its reason, and is on record', async () => {
    const upstream = scriptedUpstream().hang()
    const call = callTo()
    const pending = upstream(call)
    call.cancel(reason)
    await expect(pending).rejects.toBe(reason)
    expect(upstream.calls[0]).toMatchObject({ active: false, cancelledWith: reason })
  })

  it('ends a body that hangs', async () => {
    const upstream = scriptedUpstream().hang('body')
    const call = callTo()
    const reply = await upstream(call)
    expect(call.phase).toBe('body')
    const read = reply.body.text()
    call.cancel(reason)
    await expect(read).rejects.toBe(reason)
    expect(upstream.active).toBe(0)
  })

  it('leaves no timer behind', async () => {
    const clock = fakeClock()
    const call = callTo()
    const pending = scriptedUpstream({ reply: 200, delayMs: 50 }, { clock })(call)
    call.cancel(reason)
    await expect(pending).rejects.toBe(reason)
    expect(clock.pending).toBe(0)
  })

  it('before the start keeps the call away', async () => {
    const upstream = scriptedUpstream()
    const call = callTo()
    call.cancel(reason)
    await expect(upstream(call)).rejects.toBe(reason)
    expect(upstream.calls).toHaveLength(0)
  })

  it('a reader that gives up ends the call', async () => {
    const upstream = scriptedUpstream().hang('body')
    const reply = await upstream(callTo())
    reply.body.cancel()
    expect(upstream.active).toBe(0)
  })
})

describe('the request body', () => {
  it('is on record', async () => {
    const upstream = scriptedUpstream()
    await upstream(callTo('/', 'hello'))
    expect(upstream.calls[0]?.body).toBe('hello')
  })

  it('can be sent only once when it is a stream', async () => {
    const upstream = scriptedUpstream()
    const call = callTo('/', Readable.from(['x']))
    await upstream(call)
    await expect(upstream(call)).rejects.toMatchObject({ code: 'ERR_MESH_BODY_USED' })
  })
})
