import { describe, expect, it } from 'vitest'
import type { ClientCall } from '../../../src/core/call.js'
import type { HeaderInit } from '../../../src/core/headers.js'
import { compose } from '../../../src/core/interceptor.js'
import { type CoalesceOptions, coalesce } from '../../../src/resilience/coalesce/index.js'
import { concurrencyLimit } from '../../../src/resilience/concurrency/index.js'
import { timeout } from '../../../src/resilience/timeout/index.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'
import { callTo, hang, recorded, stateOf, upstream } from '../upstream.js'

function given(options: CoalesceOptions = true) {
  const peer = upstream(hang)
  const { observer, events } = recorded('coalesced')
  const intercept = coalesce(options, { observer })
  return { peer, events, send: (call: ClientCall = callTo()) => intercept(call, peer.handler) }
}

const small = { 'content-length': '5', etag: '"1"' }
const with_ = (headers: HeaderInit, method = 'GET'): ClientCall => callTo(method, { headers })

describe('identical calls at the same time', () => {
  it('are one exchange, and each gets the whole answer', async () => {
    const { peer, events, send } = given()
    const replies = [send(), send(), send()]
    expect(peer.exchanges).toHaveLength(1)
    peer.last.headers(200, small).end('hello')
    for (const reply of await Promise.all(replies)) {
      expect([reply.status, reply.headers.get('etag'), await reply.body.text()]).toEqual([200, '"1"', 'hello'])
      expect(reply.lease.ended).toBe(true)
    }
    expect(events).toEqual([{ service: 'reviews' }, { service: 'reviews' }])
  })

  it('share no headers that one of them could change for the others', async () => {
    const { peer, send } = given()
    const replies = [send(), send()]
    peer.last.headers(200, small).end('hello')
    const [first, second] = await Promise.all(replies)
    first?.headers.set('etag', 'changed')
    expect(second?.headers.get('etag')).toBe('"1"')
  })

  it('fail together', async () => {
    const { peer, send } = given()
    const replies = [send(), send()]
    peer.last.fail('ERR_MESH_CONNECT')
    for (const reply of replies) await expect(reply).rejects.toMatchObject({ code: 'ERR_MESH_CONNECT' })
  })

  it('fail together when the shared body breaks', async () => {
    const { peer, send } = given()
    const replies = [send(), send()]
    peer.last.headers(200, small).fail('ERR_MESH_TRUNCATED')
    for (const reply of replies) await expect(reply).rejects.toMatchObject({ code: 'ERR_MESH_TRUNCATED' })
  })

  it.each<[string, ClientCall, ClientCall]>([
    ['paths', callTo(), Object.assign(callTo(), { path: '/other' })],
    ['hosts', callTo(), Object.assign(callTo(), { authority: 'other' })],
    ['methods', callTo(), callTo('HEAD')],
    ['credentials', with_({ authorization: 'a' }), with_({ authorization: 'b' })],
    ['cookies', with_({ cookie: 'a' }), callTo()],
    ['languages', with_({ 'accept-language': 'de' }), with_({ 'accept-language': 'en' })],
    ['ranges', with_({ range: 'bytes=0-1' }), callTo()],
    ['unsafe methods', callTo('POST'), callTo('POST')],
    ['bodies', callTo('GET', { body: 'a' }), callTo('GET', { body: 'a' })],
  ])('that differ in %s stay apart', async (_what, one, other) => {
    const { peer, send } = given()
    const replies = [send(one), send(other)]
    expect(peer.exchanges).toHaveLength(2)
    for (const exchange of peer.exchanges) exchange.headers(200).end()
    await Promise.all(replies)
  })

  it('may differ in the headers of tracing, and in others by choice', async () => {
    const { peer, send } = given({ ignoreHeaders: ['X-Page'] })
    const replies = [send(with_({ traceparent: 'a', 'x-page': '1' })), send(with_({ TraceParent: 'b', 'x-page': '2' }))]
    expect(peer.exchanges).toHaveLength(1)
    peer.last.headers(200, small).end('hello')
    await Promise.all(replies)
  })
})

describe('a call that is alone', () => {
  it('gets its answer as it comes, without waiting for the body', async () => {
    const { peer, send } = given()
    const reply = send()
    peer.last.headers(200, small)
    const { body } = await reply
    peer.last.end('hello')
    expect(await body.text()).toBe('hello')
  })

  it('comes after the headers of another: there is nothing to share any more', async () => {
    const { peer, send } = given()
    const first = send()
    peer.last.headers(200, small)
    await first
    const second = send()
    expect(peer.exchanges).toHaveLength(2)
    for (const exchange of peer.exchanges) exchange.end('hello')
    peer.last.headers(200, small).end()
    await second
  })

  it('can be cancelled while its body comes', async () => {
    const { peer, send } = given()
    const call = callTo()
    const reply = send(call)
    peer.last.headers(200, small)
    await reply
    call.cancel(new Error('gone'))
    expect(peer.last.cancelledWith).toMatchObject({ message: 'gone' })
  })
})

describe('an answer that cannot be shared', () => {
  it.each([
    ['is too long', { 'content-length': '6' }],
    ['does not say how long it is', {}],
  ])('because it %s goes to the first; the others go on their own', async (_what, headers) => {
    const { peer, send } = given({ maxBytes: 5 })
    const replies = [send(), send()]
    peer.exchanges[0]?.headers(200, headers).end('first!')
    expect(await (await replies[0])?.body.text()).toBe('first!')
    await stateOf(Promise.resolve())
    expect(peer.exchanges).toHaveLength(2)
    peer.last.headers(200, headers).end('second')
    expect(await (await replies[1])?.body.text()).toBe('second')
  })
})

describe('a call that leaves', () => {
  it('takes nothing from the others, even if it came first', async () => {
    const { peer, send } = given()
    const first = callTo()
    const replies = [send(first), send()]
    const gone = new Error('gone')
    first.cancel(gone)
    await expect(replies[0]).rejects.toBe(gone)
    expect(peer.last.cancelledWith).toBeUndefined()
    peer.last.headers(200, small).end('hello')
    expect(await (await replies[1])?.body.text()).toBe('hello')
  })

  it('as the last ends the exchange, and the next call begins another', async () => {
    const { peer, send } = given()
    const calls = [callTo(), callTo()]
    const replies = calls.map((call) => send(call))
    for (const call of calls) call.cancel(new Error('gone'))
    for (const reply of replies) await expect(reply).rejects.toThrow('gone')
    expect(peer.last.cancelledWith).toMatchObject({ message: 'gone' })
    void send()
    expect(peer.exchanges).toHaveLength(2)
  })
})

describe('calls that came together', () => {
  it('get bytes of their own', async () => {
    const { peer, send } = given()
    const replies = [send(), send()]
    peer.last.headers(200, small).end('hello')
    const [first, second] = await Promise.all(replies)
    const bytes = await first?.body.bytes()
    bytes?.fill(0)
    expect(await second?.body.text()).toBe('hello')
  })

  it('look like new ones where they go on their own', async () => {
    const peer = upstream(hang)
    const call = callTo()
    const send = compose([coalesce()], peer.handler)
    void send(callTo())
    void send(call)
    const first = peer.last
    first.call.attempt = 1
    first.headers(200)
    expect(await stateOf(Promise.resolve())).toBe('fulfilled')
    expect(peer.exchanges).toHaveLength(2)
    expect([call.attempt, call.sent]).toEqual([0, false])
  })

  it('are not bound by the deadline of the first', async () => {
    const clock = fakeClock()
    const peer = upstream(hang)
    const limits = concurrencyLimit({ maxConnections: 1 }, { clock })
    const send = compose([timeout({ total: '100ms' }, { clock }), coalesce(), limits], peer.handler)
    void limits(callTo('POST'), peer.handler)
    const first = expect(send(callTo())).rejects.toThrow('deadline')
    await clock.advance(60)
    const second = send(callTo())
    await clock.advance(60)
    await first
    expect(await stateOf(second)).toBe('pending')
  })
})
