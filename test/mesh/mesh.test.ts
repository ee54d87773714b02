import { getEventListeners } from 'node:events'
import http, { type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { ClientCall } from '../../src/core/call.js'
import { runInbound } from '../../src/core/inbound.js'
import type { Interceptor } from '../../src/core/interceptor.js'
import { createMesh } from '../../src/mesh/create-mesh.js'
import { fakeClock } from '../../src/testing/fake-clock.js'
import { served } from '../core/served.js'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function upstream(handler: http.RequestListener): Promise<{ url: string; server: Server }> {
  const server = http.createServer(handler)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    server.closeAllConnections()
    return new Promise((done) => server.close(done))
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server }
}
function noting(what: string, seen: string[]): Interceptor<ClientCall> {
  return (call, next) => {
    seen.push(`${what} ${call.attempt}`)
    return next(call)
  }
}
const ok: http.RequestListener = (request, response) => response.end(request.url)

describe('calls', () => {
  it('a host that no service names passes through untouched, or is refused under registry-only', async () => {
    const { url } = await upstream(ok)
    const open = createMesh({ service: 'x' })
    const closed = createMesh({ service: 'x', outbound: 'registry-only' })
    closers.push(
      () => open.close(),
      () => closed.close(),
    )
    expect(await (await open.request({ url: `${url}/a%2Fb/../c` })).body.text()).toBe('/a%2Fb/../c')
    await expect(closed.request({ url })).rejects.toMatchObject({ code: 'ERR_MESH_NO_ROUTE', status: 404, flag: 'NR' })
    await expect(closed.fetch(url)).rejects.toMatchObject({
      name: 'TypeError',
      message: 'fetch failed',
      cause: { code: 'ERR_MESH_NO_ROUTE' },
    })
  })

  it('finds a service by name, by host in any case, and by its further hosts', async () => {
    const { url } = await upstream(ok)
    const mesh = createMesh({
      service: 'x',
      config: { services: { reviews: { endpoints: [{ url }], hosts: ['reviews.shop.svc'] } } },
    })
    closers.push(() => mesh.close())
    for (const init of [
      { service: 'reviews' as const, path: '/1' },
      { url: 'http://Reviews:9080/1' },
      { url: 'http://reviews.shop.svc/1' },
    ])
      expect(await (await mesh.request(init)).body.text()).toBe('/1')
  })

  it("the caller's own abort ends a call with the caller's own reason, and leaves no listener", async () => {
    const { url } = await upstream(() => {})
    const mesh = createMesh({ service: 'x', config: { services: { slow: { endpoints: [{ url }] } } } })
    closers.push(() => mesh.close())
    const controller = new AbortController()
    const reason = new Error('enough')
    const call = mesh.request({ service: 'slow', signal: controller.signal })
    controller.abort(reason)
    await expect(call).rejects.toBe(reason)
    await expect(mesh.request({ service: 'slow', signal: controller.signal })).rejects.toBe(reason)
  })

  it('one signal serves any number of calls without a listener left or a warning', async () => {
    const { url } = await upstream(ok)
    const mesh = createMesh({ service: 'x', config: { services: { a: { endpoints: [{ url }] } } } })
    closers.push(() => mesh.close())
    const { signal } = new AbortController()
    const calls = Array.from({ length: 50 }, () => mesh.request({ service: 'a', signal }))
    expect(getEventListeners(signal, 'abort')).toHaveLength(50)
    for (const reply of await Promise.all(calls)) await reply.body.text()
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })

  it('a timeout of the call bounds it beside the service’s own', async () => {
    const { url } = await upstream(() => {})
    const clock = fakeClock()
    const mesh = createMesh({
      service: 'x',
      clock,
      config: { services: { slow: { endpoints: [{ url }], timeout: '10s' } } },
    })
    closers.push(() => mesh.close({ timeout: 0 }))
    const call = mesh.request({ service: 'slow', timeout: '1s' })
    const failed = expect(call).rejects.toMatchObject({ code: 'ERR_MESH_TIMEOUT', status: 504, flag: 'UT' })
    await clock.advance(1_100)
    await failed
  })

  it('inherits the deadline of the request being served, and ends when its client goes away', async () => {
    const { url } = await upstream(() => {})
    const clock = fakeClock()
    const mesh = createMesh({ service: 'x', clock, config: { services: { slow: { endpoints: [{ url }] } } } })
    closers.push(() => mesh.close({ timeout: 0 }))
    const inbound = served({ deadline: clock.now() + 500 })
    const late = runInbound(inbound, () => mesh.request({ service: 'slow' }))
    const lateFails = expect(late).rejects.toMatchObject({ code: 'ERR_MESH_TIMEOUT' })
    await clock.advance(600)
    await lateFails
    const left = runInbound({ ...inbound, deadline: Number.POSITIVE_INFINITY }, () => mesh.request({ service: 'slow' }))
    const gone = new Error('client gone')
    const leftFails = expect(left).rejects.toBe(gone)
    inbound.cancellation.cancel(gone)
    await leftFails
  })

  it('runs the user’s own interceptors at their stage', async () => {
    const { url } = await upstream((_request, response) => response.writeHead(503).end())
    const seen: string[] = []
    const mesh = createMesh({
      service: 'x',
      config: { services: { a: { endpoints: [{ url }], retry: { attempts: 2, on: [503], backoff: { base: 1 } } } } },
      interceptors: [
        { stage: 'retry', place: 'before', intercept: noting('call', seen) },
        {
          stage: 'transport',
          place: 'before',
          intercept: noting('attempt', seen),
        },
      ],
    })
    closers.push(() => mesh.close())
    expect((await mesh.request({ service: 'a' })).status).toBe(503)
    expect(seen).toEqual(['call 0', 'attempt 0', 'attempt 1', 'attempt 2'])
    const [service] = mesh.describe().services
    expect(service?.routes[0]?.stages).toEqual(['deadline', 'before retry', 'retry'])
    expect(service?.routes[0]?.destinations[0]?.endpoint.at(-2)).toBe('before transport')
  })
})

describe('update', () => {
  it('swaps atomically, keeps the state it does not concern, and drops what is gone', async () => {
    const { url } = await upstream(ok)
    const failing = await upstream((_request, response) => response.writeHead(500).end())
    const mesh = createMesh({
      service: 'x',
      config: {
        services: {
          a: { endpoints: [{ url: failing.url }], circuitBreaker: { volumeThreshold: 2, resetTimeout: '1m' } },
          b: { endpoints: [{ url }] },
        },
      },
    })
    closers.push(() => mesh.close())
    for (let i = 0; i < 2; i++) await mesh.request({ service: 'a' })
    await expect(mesh.request({ service: 'a' })).rejects.toMatchObject({ code: 'ERR_MESH_CIRCUIT_OPEN' })
    await mesh.update({
      services: {
        a: {
          endpoints: [{ url: failing.url }, { url }],
          circuitBreaker: { volumeThreshold: 2, resetTimeout: '1m' },
          timeout: '5s',
        },
      },
    })
    await expect(mesh.request({ service: 'a' })).rejects.toMatchObject({ code: 'ERR_MESH_CIRCUIT_OPEN' })
    await expect(mesh.request({ service: 'b' as 'a' })).rejects.toMatchObject({ code: 'ERR_MESH_NO_ROUTE' })
    expect(mesh.describe().generation).toBe(2)
  })

  it('refuses an invalid config whole, says so, and goes on serving', async () => {
    const { url } = await upstream(ok)
    const mesh = createMesh({ service: 'x', config: { services: { a: { endpoints: [{ url }] } } } })
    closers.push(() => mesh.close())
    const results: string[] = []
    mesh.on('config', (event) => results.push(event.result))
    // @ts-expect-error an unknown option
    await expect(mesh.update({ services: { a: { endpoint: [] } } })).rejects.toMatchObject({
      code: 'ERR_MESH_CONFIG',
      problems: [{ suggestion: 'endpoints' }],
    })
    expect(results).toEqual(['rejected'])
    expect((await mesh.request({ service: 'a' })).status).toBe(200)
  })

  it('a call that began on the old snapshot ends on it', async () => {
    let answer: () => void = () => {}
    const slow = await upstream((_request, response) => {
      answer = () => response.end('old')
    })
    const fast = await upstream((_request, response) => response.end('new'))
    const mesh = createMesh({ service: 'x', config: { services: { a: { endpoints: [{ url: slow.url }] } } } })
    closers.push(() => mesh.close())
    const reached = new Promise<void>((resolve) => slow.server.once('request', () => resolve()))
    const old = mesh.request({ service: 'a' })
    await reached
    await mesh.update({ services: { a: { endpoints: [{ url: fast.url }] } } })
    expect(await (await mesh.request({ service: 'a' })).body.text()).toBe('new')
    answer()
    expect(await (await old).body.text()).toBe('old')
  })

  it('mutual TLS without an identity is refused, by name', () => {
    expect(() =>
      createMesh({ service: 'x', config: { services: { a: { tls: 'mutual' } }, inbound: { mtls: 'strict' } } }),
    ).toThrow(/services\.a\.tls: "mutual" needs an identity[\s\S]*inbound\.mtls/)
  })
})

describe('close', () => {
  it('lets calls under way end, refuses new ones, and is idempotent', async () => {
    let answer: () => void = () => {}
    const { url, server } = await upstream((_request, response) => {
      answer = () => response.end('late')
    })
    const mesh = createMesh({ service: 'x', config: { services: { a: { endpoints: [{ url }] } } } })
    const reached = new Promise<void>((resolve) => server.once('request', () => resolve()))
    const call = mesh.request({ service: 'a' })
    await reached
    const closing = Promise.all([mesh.close(), mesh.close()])
    answer()
    expect(await (await call).body.text()).toBe('late')
    await closing
    await expect(mesh.request({ service: 'a' })).rejects.toMatchObject({ code: 'ERR_MESH_CLOSED' })
  })

  it('breaks off at the limit what does not end', async () => {
    const { url, server } = await upstream(() => {})
    const clock = fakeClock()
    const mesh = createMesh({ service: 'x', clock, config: { services: { a: { endpoints: [{ url }] } } } })
    const reached = new Promise<void>((resolve) => server.once('request', () => resolve()))
    const failed = expect(mesh.request({ service: 'a' })).rejects.toMatchObject({ name: 'MeshError' })
    await reached
    const closing = mesh.close({ timeout: 1_000 })
    await clock.advance(1_001)
    await closing
    await failed
  })
})
