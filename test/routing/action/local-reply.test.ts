import { describe, expect, it } from 'vitest'
import { headerPlan } from '../../../src/routing/action/header-plan.js'
import { type LocalReply, localReply } from '../../../src/routing/action/local-reply.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'
import { call, type Sketch } from '../scaffold.js'

async function told(answer: Pick<LocalReply, 'status' | 'body'>, sketch: Sketch = {}, set = {}): Promise<unknown> {
  const plan = headerPlan({ route: { response: { set } } }, fakeClock())
  const reply = localReply(call(sketch), { ...answer, detail: 'direct_response' }, plan)
  return [reply.status, Object.fromEntries(reply.headers), await reply.body.text()]
}

describe('an answer of our own', () => {
  it('is plain text, if there is any', async () => {
    expect(await told({ status: 503, body: 'höllo' })).toEqual([
      503,
      { 'content-length': '6', 'content-type': 'text/plain' },
      'höllo',
    ])
    expect(await told({ status: 503, body: '' })).toEqual([503, {}, ''])
  })

  it('may have its type from the route, but none without text', async () => {
    const type = { 'content-type': 'application/json', 'x-a': '1' }
    expect(await told({ status: 200, body: '{}' }, {}, type)).toEqual([200, { ...type, 'content-length': '2' }, '{}'])
    expect(await told({ status: 200, body: '' }, {}, type)).toEqual([200, { 'x-a': '1' }, ''])
  })

  it.each([204, 304])('has no text with %i', async (status) => {
    expect(await told({ status, body: 'hello' })).toEqual([status, {}, ''])
  })

  it('to HEAD tells only how long it is', async () => {
    expect(await told({ status: 200, body: 'hello' }, { method: 'HEAD' })).toEqual([
      200,
      { 'content-length': '5', 'content-type': 'text/plain' },
      '',
    ])
  })

  it.each([
    [400, 13],
    [401, 16],
    [403, 7],
    [404, 12],
    [429, 14],
    [500, 2],
    [503, 14],
  ])('%i tells gRPC %i in its own words', async (status, code) => {
    const headers = { 'content-type': 'application/grpc+proto' }
    expect(await told({ status, body: 'fault filter abort' }, { headers })).toEqual([
      200,
      { 'content-type': 'application/grpc', 'grpc-status': String(code), 'grpc-message': 'fault filter abort' },
      '',
    ])
  })
})
