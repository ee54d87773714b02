import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import type { ClientCall, Destination } from '../../../src/core/call.js'
import type { MeshEvents } from '../../../src/core/events.js'
import { HeaderMap } from '../../../src/core/headers.js'
import type { Handler } from '../../../src/core/interceptor.js'
import { Observer } from '../../../src/core/observer.js'
import { Reply } from '../../../src/core/reply.js'
import { ReplyBody } from '../../../src/core/reply-body.js'
import { type Mirror, shadowOf } from '../../../src/routing/action/mirror-stage.js'
import { Chance } from '../../../src/routing/chance.js'
import { call } from '../scaffold.js'
import { ring } from '../scaffold-ring.js'

class Count {
  count = 0
  enter(): void {
    this.count++
  }
  release(): void {
    this.count--
  }
}

function mirrorTo(send: Handler<ClientCall>, percentage = 100): Mirror {
  const destination: Destination = { name: 'shadow', service: 'shadow', subset: undefined, attempt: send }
  return { destination, chance: new Chance(percentage), send }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('a mirror', () => {
  it.each([
    ['reviews', 'reviews-shadow'],
    ['reviews:8080', 'reviews-shadow:8080'],
    ['[::1]:80', '[::1]-shadow:80'],
    ['[::1]', '[::1]-shadow'],
  ])('of %s is for %s', (authority, expected) => {
    expect(shadowOf(authority)).toBe(expected)
  })

  it('gets what the callee gets, under another Host, and nobody waits for it', async () => {
    const seen: unknown[] = []
    const mirror = mirrorTo((copy) => {
      const { method, authority, named, path, headers, body, service, destination } = copy
      seen.push({ method, authority, named, path, headers: [...headers], body, service, to: destination?.name })
      return new Promise(() => {})
    })
    const route = { rewrite: { path: '/new', authority: 'inner' }, headers: { request: { set: { a: '1' } } } }
    const one = call({ method: 'POST', path: '/old?q' })
    one.body = { kind: 'bytes', bytes: 'hello' }
    expect((await ring(route, { mirrors: [mirror] }).handler(one)).status).toBe(200)
    expect(seen).toEqual([
      {
        method: 'POST',
        authority: 'inner-shadow',
        named: one.named,
        path: '/new?q',
        headers: [['a', '1']],
        body: { kind: 'bytes', bytes: 'hello' },
        service: 'shadow',
        to: 'shadow',
      },
    ])
    expect(one.authority).toBe('inner')
  })

  it('is drawn for each on its own', async () => {
    const seen: string[] = []
    const note = (what: string, percentage: number): Mirror =>
      mirrorTo(() => {
        seen.push(what)
        return Promise.reject(new Error())
      }, percentage)
    const draws = [0.4, 0.4, 0.9, 0.1]
    const { handler } = ring(
      { to: 'v1' },
      { mirrors: [note('half', 50), note('third', 33)], random: () => draws.shift() ?? 0 },
    )
    await handler(call())
    await handler(call())
    expect(seen).toEqual(['half', 'third'])
  })

  it.each<[string, Handler<ClientCall>]>([
    ['rejects', () => Promise.reject(new Error('shadow'))],
    [
      'throws',
      () => {
        throw new Error('shadow')
      },
    ],
  ])('that %s is nobody’s trouble, and is not counted any more', async (_, send) => {
    const underWay = new Count()
    const reply = await ring({ to: 'v1' }, { mirrors: [mirrorTo(send)], deps: { underWay } }).handler(call())
    await settled()
    expect([reply.status, underWay.count]).toEqual([200, 0])
  })

  it('is counted until its answer, which is read and thrown away, has ended', async () => {
    const underWay = new Count()
    let resumed = 0
    const body = new ReplyBody({ pause: () => {}, resume: () => void resumed++, cancel: () => {} })
    const mirror = mirrorTo(() => Promise.resolve(new Reply(200, new HeaderMap(), body)))
    await ring({ to: 'v1' }, { mirrors: [mirror], deps: { underWay } }).handler(call())
    await settled()
    expect([underWay.count, resumed]).toEqual([1, 1])
    body.complete(undefined)
    expect(underWay.count).toBe(0)
  })

  it('is sent though the call itself fails', async () => {
    let sent = 0
    const mirror = mirrorTo(() => {
      sent++
      return Promise.reject(new Error())
    })
    const upstream = (): never => {
      throw new Error('upstream')
    }
    await expect(ring({ to: 'v1' }, { mirrors: [mirror], upstream }).handler(call())).rejects.toThrow('upstream')
    expect(sent).toBe(1)
  })

  it('is not made of what can be read only once, which is reported; the call goes on', async () => {
    const observer = new Observer()
    const faults: MeshEvents['fault'][] = []
    observer.on('fault', (event) => faults.push(event))
    const mirror = mirrorTo(() => Promise.reject(new Error('sent')))
    const one = call({ method: 'POST' })
    one.body = { kind: 'stream', stream: Readable.from(['x']), used: false }
    expect((await ring({ to: 'v1' }, { mirrors: [mirror], deps: { observer } }).handler(one)).status).toBe(200)
    expect(faults).toMatchObject([{ where: 'mirror', error: { code: 'ERR_MESH_BODY_USED', service: 'reviews' } }])
  })
})
