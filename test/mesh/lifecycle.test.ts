import http, { type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { MeshConfig } from '../../src/config/config.js'
import { runInbound } from '../../src/core/inbound.js'
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

describe('closing a mesh', () => {
  async function underWay() {
    let answer: () => void = () => {}
    const { url, server } = await upstream((_request, response) => {
      answer = () => response.end('ok')
    })
    const mesh = createMesh({ service: 'x', config: { services: { a: { endpoints: [{ url }] } } } })
    const reached = new Promise<void>((resolve) => server.once('request', () => resolve()))
    const call = mesh.request({ service: 'a' }).then((reply) => reply.body.text())
    await reached
    return { mesh, call, answer: () => answer() }
  }

  it('waits as long as a duration says for what is under way', async () => {
    const { mesh, call, answer } = await underWay()
    const closed = mesh.close({ timeout: '5s' })
    // A timer of no duration would have fired by then.
    await new Promise((resolve) => setTimeout(resolve, 20))
    answer()
    expect(await call).toBe('ok')
    await closed
  })

  it('closes nothing for what is no duration, and says so', async () => {
    const { mesh, call, answer } = await underWay()
    const wrong: object = { timeout: 'soon' }
    await expect(mesh.close(wrong)).rejects.toThrow('timeout: must be a duration')
    answer()
    expect(await call).toBe('ok')
    await mesh.close()
  })

  it('takes what a hook or a listener gets for no options', async () => {
    const { mesh, call, answer } = await underWay()
    const closed = Reflect.apply(mesh.close, undefined, ['SIGTERM', 15])
    answer()
    expect(await call).toBe('ok')
    await closed
  })
})

describe('a call that hangs does not keep the mesh from closing', () => {
  const updates: [string, (url: string) => MeshConfig][] = [
    ['when its service has left the config', () => ({ services: {} })],
    ['when its endpoint has left', () => ({ services: { a: { endpoints: [] } } })],
    ['when its transport was replaced', (url) => ({ services: { a: { endpoints: [{ url }], connectTimeout: '3s' } } })],
  ]
  it.each(updates)('%s', async (_name, updated) => {
    const { url, server } = await upstream(() => {})
    const mesh = createMesh({ service: 'x', config: { services: { a: { endpoints: [{ url }] } } } })
    const reached = new Promise<void>((resolve) => server.once('request', () => resolve()))
    const failed = expect(mesh.request({ service: 'a' })).rejects.toMatchObject({ code: 'ERR_MESH_CLOSED' })
    await reached
    await mesh.update(updated(url))
    await mesh.close({ timeout: 10 })
    await failed
  })

  it('when it waits to be tried again', async () => {
    const clock = fakeClock()
    const { url } = await upstream((_request, response) => response.writeHead(503).end())
    const mesh = createMesh({
      service: 'x',
      clock,
      random: () => 0.99,
      config: {
        services: {
          a: { endpoints: [{ url }], retry: { on: ['5xx'], backoff: { base: '1m', max: '1m' }, attempts: 1 } },
        },
      },
    })
    const waits = new Promise<void>((resolve) => mesh.on('retry', () => resolve()))
    const failed = expect(mesh.request({ service: 'a' })).rejects.toMatchObject({ code: 'ERR_MESH_CLOSED' })
    await waits
    const closing = mesh.close({ timeout: 10 })
    await clock.advance(10)
    await closing
    await failed
  })
})

describe('while a mesh drains', () => {
  it('new calls are refused at once, but a request that is being served may still make its own', async () => {
    let answer: () => void = () => {}
    const { url, server } = await upstream((request, response) => {
      if (request.url === '/slow') answer = () => response.end()
      else response.end('served')
    })
    const mesh = createMesh({ service: 'x', config: { services: { a: { endpoints: [{ url }] } } } })
    const reached = new Promise<void>((resolve) => server.once('request', () => resolve()))
    const slow = mesh.request({ service: 'a', path: '/slow' })
    await reached
    const closing = mesh.close()
    await expect(mesh.request({ service: 'a' })).rejects.toMatchObject({ code: 'ERR_MESH_CLOSED' })
    const reply = await runInbound(served(), () => mesh.request({ service: 'a' }))
    expect(await reply.body.text()).toBe('served')
    answer()
    await (await slow).body.text()
    await closing
  })
})

describe('a retry that comes after an update', () => {
  it('uses the transport of today, and leaves no connection behind', async () => {
    let calls = 0
    const { url, server } = await upstream((_request, response) => {
      calls++
      response.writeHead(calls === 1 ? 503 : 200).end()
    })
    const clock = fakeClock()
    const config = (connectTimeout: '1s' | '2s'): MeshConfig => ({
      services: {
        a: { endpoints: [{ url }], connectTimeout, retry: { on: ['5xx'], backoff: { base: '100ms' }, budget: false } },
      },
    })
    const mesh = createMesh({ service: 'x', clock, random: () => 0.99, config: config('1s') })
    const waits = new Promise<void>((resolve) => mesh.on('retry', () => resolve()))
    const call = mesh.request({ service: 'a' })
    await waits
    await mesh.update(config('2s'))
    await clock.advance(100)
    expect((await call).status).toBe(200)
    await mesh.close()
    const open = (): Promise<number> =>
      new Promise((resolve) => server.getConnections((_error, count) => resolve(count)))
    await expect.poll(open).toBe(0)
  })
})
