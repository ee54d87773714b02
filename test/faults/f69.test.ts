import { PassThrough, Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { outcome } from './outcomes.js'
import { expectNothingLeaks, meshTo, serving } from './scaffold.js'

expectNothingLeaks()

const retry = { on: ['5xx'], attempts: 2, budget: false, backoff: { base: 1, max: 1 } } as const
const method = 'PUT'

describe('F69: a retry of a call whose body is a stream', () => {
  it('sends the same body again, when it is short', async () => {
    const server = await serving([{ reply: 503 }, { drop: 'reset' }, { reply: 200 }])
    const mesh = meshTo([server], { retry })
    expect(await outcome(mesh, { method, body: Readable.from(['part one, ', 'part two']) })).toBe(200)
    expect(server.requests).toHaveLength(3)
    expect(String(server.requests.at(-1)?.body)).toBe('part one, part two')
  })

  it('is not made when it is long: no second, partial body', async () => {
    const server = await serving({ reply: 503 })
    const mesh = meshTo([server], { retry })
    const body = Readable.from(Array.from({ length: 100 }, () => Buffer.alloc(1_024)))
    expect(await outcome(mesh, { method, body })).toBe(503)
    expect(server.requests).toHaveLength(1)
    expect(await mesh.metrics.metrics()).toMatch(/mesh_retry_suppressed_total\{[^}]*reason="body"[^}]*\} 1/)
  })

  it('leaves no stream open when the call has failed', async () => {
    const server = await serving()
    await server.refuse()
    const mesh = meshTo([server], { retry: { ...retry, attempts: 1 } })
    const body = new PassThrough()
    body.write('begun')
    expect(await outcome(mesh, { method, body })).toBe('ERR_MESH_CONNECT')
    expect(body.destroyed).toBe(true)
  })
})
