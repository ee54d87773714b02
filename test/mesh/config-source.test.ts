import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { MeshConfig } from '../../src/config/config.js'
import type { ConfigSource } from '../../src/config/source.js'
import type { MeshEvents } from '../../src/core/events.js'
import { createMesh } from '../../src/mesh/create-mesh.js'
import type { Mesh } from '../../src/mesh/mesh.js'
import { fakeClock } from '../../src/testing/fake-clock.js'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function upstream(body = 'ok'): Promise<string> {
  const server = http.createServer((_request, response) => response.end(body))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    server.closeAllConnections()
    return new Promise((done) => server.close(done))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A source that brings what a test tells it to. */
class ScriptedSource implements ConfigSource {
  stopped = false
  readonly #loaded: Promise<MeshConfig>
  resolve: (config: MeshConfig) => void = () => {}
  reject: (reason: unknown) => void = () => {}
  change: (config: MeshConfig) => void = () => {}
  fail: (reason: unknown) => void = () => {}

  constructor() {
    this.#loaded = new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
  }

  load(): Promise<MeshConfig> {
    return this.#loaded
  }

  subscribe(changed: (config: MeshConfig) => void, failed: (reason: unknown) => void): () => void {
    this.change = changed
    this.fail = failed
    return () => {
      this.stopped = true
    }
  }
}

const to = (url: string): MeshConfig => ({ services: { a: { endpoints: [{ url }] } } })
const bad: unknown = { services: { a: { endpoint: [] } } }
const invalid = bad as MeshConfig

function meshOf(config: ConfigSource | readonly (MeshConfig | ConfigSource)[], clock = fakeClock()) {
  const mesh = createMesh({ service: 'x', config, clock, outbound: 'registry-only' })
  closers.push(() => mesh.close({ timeout: 0 }))
  const events: MeshEvents['config'][] = []
  const waiting: (() => void)[] = []
  mesh.on('config', (event) => {
    events.push(event)
    for (const wake of waiting.splice(0)) wake()
  })
  const event = async (): Promise<MeshEvents['config']> => {
    if (events.length === 0) await new Promise<void>((resolve) => waiting.push(resolve))
    const [first] = events.splice(0, 1)
    if (first === undefined) throw new Error('no event')
    return first
  }
  return { mesh, clock, event }
}

const get = async (mesh: Mesh): Promise<string> => (await mesh.request({ service: 'a' })).body.text()

describe('before a source has brought the first config', () => {
  it('calls wait for it, and ready does', async () => {
    const source = new ScriptedSource()
    const { mesh } = meshOf(source)
    const call = get(mesh)
    const ready = mesh.ready()
    expect(mesh.describe().generation).toBe(0)
    source.resolve(to(await upstream()))
    expect(await call).toBe('ok')
    await ready
    expect(mesh.describe().generation).toBe(1)
  })

  it('a call waits within its deadline', async () => {
    const { mesh, clock } = meshOf(new ScriptedSource())
    const call = mesh.request({ service: 'a', timeout: '1s' })
    const failed = expect(call).rejects.toMatchObject({ code: 'ERR_MESH_TIMEOUT', phase: 'config' })
    await clock.advance(1_100)
    await failed
  })

  it('a call that its caller gives up ends with the reason of the caller', async () => {
    const { mesh } = meshOf(new ScriptedSource())
    const controller = new AbortController()
    const call = mesh.request({ service: 'a', signal: controller.signal })
    const reason = new Error('enough')
    controller.abort(reason)
    await expect(call).rejects.toBe(reason)
  })

  it('close refuses what waits, and ends the source', async () => {
    const source = new ScriptedSource()
    const { mesh } = meshOf(source)
    const call = expect(mesh.request({ service: 'a' })).rejects.toMatchObject({ code: 'ERR_MESH_CLOSED' })
    const ready = expect(mesh.ready()).rejects.toMatchObject({ code: 'ERR_MESH_CLOSED' })
    await mesh.close({ timeout: 0 })
    await Promise.all([call, ready])
    expect(source.stopped).toBe(true)
  })

  it('a server does not listen, and a request is not let in without the policies of the config', async () => {
    const source = new ScriptedSource()
    const { mesh } = meshOf(source)
    const server = mesh.server((_request, response) => response.end('let in'))
    const listening = server.listen({ port: 0, host: '127.0.0.1' })
    source.resolve({ inbound: { authorization: [{ action: 'deny', rules: [{}] }] } })
    const { port } = await listening
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(403)
  })
})

describe('a first config that may not serve', () => {
  it('rejects ready and the calls with its problems, until one comes that may', async () => {
    const source = new ScriptedSource()
    const { mesh, event } = meshOf(source)
    const waiting = expect(mesh.request({ service: 'a' })).rejects.toMatchObject({ code: 'ERR_MESH_CONFIG' })
    source.resolve(invalid)
    await waiting
    await expect(mesh.ready()).rejects.toMatchObject({ problems: [{ suggestion: 'endpoints' }] })
    await expect(mesh.request({ service: 'a' })).rejects.toMatchObject({ code: 'ERR_MESH_CONFIG' })
    expect(await event()).toMatchObject({ result: 'rejected', generation: 0 })
    source.change(to(await upstream()))
    expect(await event()).toMatchObject({ result: 'applied', generation: 1 })
    await mesh.ready()
    expect(await get(mesh)).toBe('ok')
  })

  it('is refused too when it cannot be loaded at all', async () => {
    const source = new ScriptedSource()
    const { mesh, event } = meshOf(source)
    const reason = new Error('no such file')
    source.reject(reason)
    await expect(mesh.ready()).rejects.toBe(reason)
    expect(await event()).toMatchObject({ result: 'rejected', error: reason })
  })
})

describe('a later config of a source', () => {
  it('takes effect, and is told with what it changed', async () => {
    const source = new ScriptedSource()
    const { mesh, event } = meshOf(source)
    source.resolve(to(await upstream('old')))
    expect(await event()).toMatchObject({ diff: { added: ['a'], removed: [], changed: [] }, errors: [] })
    source.change({ services: { ...to(await upstream('new')).services, b: {} } })
    expect(await event()).toMatchObject({ generation: 2, diff: { added: ['b'], removed: [], changed: ['a'] } })
    expect(await get(mesh)).toBe('new')
  })

  it('that may not serve is refused with its errors, and the last good one goes on', async () => {
    const source = new ScriptedSource()
    const { mesh, event } = meshOf(source)
    source.resolve(to(await upstream()))
    await event()
    source.change(invalid)
    expect(await event()).toMatchObject({
      result: 'rejected',
      generation: 1,
      errors: [{ path: 'services.a.endpoint' }],
    })
    source.fail(new Error('gone'))
    expect(await event()).toMatchObject({ result: 'rejected', errors: [], error: { message: 'gone' } })
    expect(await get(mesh)).toBe('ok')
  })

  it('is merged with the plain configs beside the source, the later wins', async () => {
    const source = new ScriptedSource()
    const url = await upstream()
    const { mesh, event } = meshOf([{ services: { a: { timeout: '1s' } } }, source, { services: { b: {} } }])
    source.resolve(to(url))
    await event()
    expect(mesh.explain({ url: 'http://a/' }).timeoutMs).toBe(1_000)
    source.change({ services: { a: { endpoints: [{ url }], timeout: '3s' } } })
    await event()
    expect(mesh.explain({ url: 'http://a/' }).timeoutMs).toBe(3_000)
    expect(mesh.describe().services.map(({ service }) => service)).toEqual(['a', 'b'])
  })

  it('comes once however fast configs follow each other: the last one serves', async () => {
    const source = new ScriptedSource()
    const { mesh, event } = meshOf(source)
    const url = await upstream()
    source.resolve(to(url))
    await event()
    for (let i = 1; i <= 100; i++) source.change({ services: { a: { endpoints: [{ url }], timeout: i } } })
    while (mesh.explain({ url: 'http://a/' }).timeoutMs !== 100) await event()
    expect(mesh.describe().generation).toBeLessThan(5)
  })

  it('that comes while an update by hand is on its way does not take its place', async () => {
    const source = new ScriptedSource()
    const { mesh } = meshOf(source)
    source.resolve({ services: { a: { timeout: 1 } } })
    await mesh.ready()
    const update = mesh.update({ services: { a: { timeout: 2 } } })
    source.change({ services: { a: { timeout: 3 } } })
    await update
    // Updates take effect in order: what the source brought has had its turn when this one has been refused.
    await expect(mesh.update(invalid)).rejects.toMatchObject({ code: 'ERR_MESH_CONFIG' })
    expect(mesh.explain({ url: 'http://a/' }).timeoutMs).toBe(2)
  })

  it('whose end throws keeps no update and no mesh from going on', async () => {
    const source = new ScriptedSource()
    source.subscribe = () => () => {
      throw new Error('cannot end')
    }
    const { mesh } = meshOf(source)
    source.resolve({})
    await mesh.ready()
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve))
    await mesh.update({ services: { a: { timeout: 2 } } })
    expect((await warned).message).toBe('cannot end')
    expect(mesh.explain({ url: 'http://a/' }).timeoutMs).toBe(2)
  })

  it('comes no more after an update by hand', async () => {
    const source = new ScriptedSource()
    const { mesh, event } = meshOf(source)
    source.resolve(to(await upstream()))
    await event()
    await mesh.update({ services: {} })
    expect(source.stopped).toBe(true)
  })
})
