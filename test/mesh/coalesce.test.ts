import { describe, expect, it } from 'vitest'
import { expectNothingLeaks, meshTo, serving } from '../faults/scaffold.js'

expectNothingLeaks()

describe('a service that coalesces', () => {
  it('makes one exchange of identical GETs, retried once for all of them', async () => {
    const server = await serving([{ reply: 503 }, { reply: 200, body: 'hello' }])
    const retry = { attempts: 2, on: ['5xx'], budget: false, backoff: { base: 1, max: 1 } } as const
    const mesh = meshTo([server], { retry, coalesce: true })
    const replies = await Promise.all(Array.from({ length: 20 }, () => mesh.request({ service: 'api', path: '/same' })))
    expect(new Set(await Promise.all(replies.map(({ body }) => body.text())))).toEqual(new Set(['hello']))
    expect(server.requests).toHaveLength(2)
    expect(await mesh.metrics.metrics()).toMatch(/mesh_coalesced_total\{[^}]*service="api"[^}]*\} 19/)
  })

  it('makes each of those of a route that does not', async () => {
    const server = await serving({ reply: 200, body: 'hello' })
    const mesh = meshTo([server], { coalesce: true, routes: [{ coalesce: false }] })
    const replies = await Promise.all([mesh.request({ service: 'api' }), mesh.request({ service: 'api' })])
    for (const { body } of replies) await body.text()
    expect(server.requests).toHaveLength(2)
  })

  it('says so when asked', async () => {
    const mesh = meshTo([], { coalesce: true })
    expect(mesh.explain({ url: 'http://api/' })).toMatchObject({ policy: { coalesce: { value: true } } })
  })
})
