import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { expectNothingLeaks, meshTo, serving } from './scaffold.js'

expectNothingLeaks()

describe('F19 a gzip bomb', () => {
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024))

  it('is ERR_MESH_RESPONSE_TOO_LARGE for mesh.fetch, in little memory', async () => {
    const server = await serving({ reply: 200, headers: { 'content-encoding': 'gzip' }, body: bomb })
    const mesh = meshTo([server])
    const failure = async (): Promise<unknown> =>
      (await mesh.fetch('http://api/')).text().catch((thrown: unknown) => thrown)
    // The first one grows what the engine keeps of any work.
    await failure()
    const before = process.memoryUsage().rss
    const error = await failure()
    expect(error).toMatchObject({ name: 'TypeError', cause: { code: 'ERR_MESH_RESPONSE_TOO_LARGE' } })
    expect(process.memoryUsage().rss - before).toBeLessThan(20 * 1024 * 1024)
  })

  it('stays packed for mesh.request: a body is what was sent', async () => {
    const server = await serving({ reply: 200, headers: { 'content-encoding': 'gzip' }, body: bomb })
    const reply = await meshTo([server]).request({ service: 'api' })
    expect((await reply.body.bytes()).length).toBe(bomb.length)
  })
})

describe('F20 a thousand content codings', () => {
  it('are refused without work, and the connection is given up', async () => {
    const headers = { 'content-encoding': Array.from({ length: 1_000 }, () => 'gzip').join(',') }
    const server = await serving({ reply: 200, headers, body: 'x', bodyDelayMs: 60_000 })
    const mesh = meshTo([server])
    const cpu = process.cpuUsage()
    const error: unknown = await mesh.fetch('http://api/').catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ name: 'TypeError', cause: { code: 'ERR_MESH_PROTOCOL' } })
    expect(process.cpuUsage(cpu).user).toBeLessThan(50_000)
  })
})

describe('F21 a redirect to another origin', () => {
  const secret = {
    authorization: 'Bearer x',
    cookie: 'a=b',
    'proxy-authorization': 'Basic x',
    'x-forwarded-client-cert': 'By=spiffe://td/a',
  }

  it('is a reply for mesh.request, and is not followed', async () => {
    const other = await serving()
    const server = await serving({ reply: 307, headers: { location: `${other.url}/there` } })
    const reply = await meshTo([server]).request({ service: 'api', headers: secret })
    expect([reply.status, reply.headers.get('location')]).toEqual([307, `${other.url}/there`])
    expect(other.requests).toHaveLength(0)
    await reply.body.bytes()
  })

  it('is followed by mesh.fetch, without what was meant for the first', async () => {
    const other = await serving({ reply: 200, body: 'there' })
    const server = await serving({ reply: 307, headers: { location: `${other.url}/there` } })
    const response = await meshTo([server]).fetch('http://api/', { headers: { ...secret, 'x-other': 'kept' } })
    expect(await response.text()).toBe('there')
    const seen = other.requests[0]?.headers
    expect(seen?.get('x-other')).toBe('kept')
    for (const name of Object.keys(secret)) expect(seen?.has(name), name).toBe(false)
  })
})
