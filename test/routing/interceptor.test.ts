import { describe, expect, it } from 'vitest'
import type { ClientCall } from '../../src/core/call.js'
import { compose } from '../../src/core/interceptor.js'
import { directReply } from '../../src/core/reply.js'
import { type SplitTarget, weightedSplit } from '../../src/routing/index.js'
import { call } from './scaffold.js'

const echo = (inner: ClientCall): Promise<ReturnType<typeof directReply>> =>
  Promise.resolve(directReply(200, { to: `${inner.scheme}://${inner.authority}${inner.path}` }))

const targets: SplitTarget[] = [
  { url: 'http://10.0.0.7:8080', weight: 90 },
  { url: 'https://10.0.0.8', weight: 10 },
]

describe('weightedSplit', () => {
  it.each([
    [0, 'http://10.0.0.7:8080/x?y'],
    [0.89, 'http://10.0.0.7:8080/x?y'],
    [0.9, 'https://10.0.0.8/x?y'],
  ])('with the draw %d a call goes to %s', async (draw, to) => {
    const send = compose([weightedSplit(targets, { random: () => draw })], echo)
    expect((await send(call({ path: '/x?y' }))).headers.get('to')).toBe(to)
  })

  it('may hand over to handlers', async () => {
    const split = weightedSplit([{ handler: () => Promise.resolve(directReply(204)), weight: 1 }])
    expect((await compose([split], echo)(call())).status).toBe(204)
  })

  it.each<[string, SplitTarget[], RegExp]>([
    ['nothing', [], /at least 1/],
    ['weights that sum to 0', targets.map((one) => ({ ...one, weight: 0 })), /sum to 0/],
    ['a negative weight', [{ url: 'http://h', weight: -1 }], /weightedSplit\[0\]\.weight/],
    ['neither url nor handler', [{ weight: 1 }], /either a url or a handler/],
    ['a url with a path', [{ url: 'http://h/x', weight: 1 }], /no path/],
    ['no url at all', [{ url: 'h:80', weight: 1 }], /absolute/],
  ])('refuses %s', (_, wrong, message) => {
    expect(() => weightedSplit(wrong)).toThrow(message)
  })
})
