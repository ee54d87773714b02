import { once } from 'node:events'
import http from 'node:http'
import { Duplex, Readable } from 'node:stream'
import { request } from 'undici'
import { describe, expect, it } from 'vitest'
import type { ServiceConfig } from '../../src/config/service.js'
import type { Duration } from '../../src/core/duration.js'
import { createMesh } from '../../src/mesh/create-mesh.js'
import type { Mesh } from '../../src/mesh/mesh.js'

/** A web stream that knows whether it was cancelled. */
class Cancelled {
  cancelled = false
  readonly stream = new ReadableStream<Uint8Array>({
    cancel: () => {
      this.cancelled = true
    },
  })
}

describe('mesh.request', () => {
  it.each([Number.NaN, -1, '5', 'soon'])('rejects with a MeshError for the timeout %s', async (timeout) => {
    const mesh = createMesh({ service: 'x' })
    // What a user without a compiler might write.
    const failed = mesh.request({ url: 'http://127.0.0.1/', timeout: timeout as Duration })
    await expect(failed).rejects.toMatchObject({ name: 'MeshError', code: 'ERR_MESH_BAD_REQUEST' })
    await mesh.close()
  })

  const nobody: ServiceConfig = { endpoints: [] }
  const refusing: ServiceConfig = { endpoints: [{ url: 'http://127.0.0.1:1' }] }
  const itself: ServiceConfig = { routes: [{ directResponse: { status: 204 } }] }
  const aborted = { signal: AbortSignal.abort() }
  it.each<[string, ServiceConfig, object]>([
    ['no endpoint', nobody, {}],
    ['no endpoint, and attempts that would send it again', { ...nobody, retry: {} }, {}],
    ['no connection', refusing, {}],
    ['an answer of its own', itself, {}],
    ['a caller that does not want it any more', refusing, aborted],
  ])('puts away a body that can be sent once where there is %s', async (_name, api, init) => {
    const mesh = createMesh({ service: 'x', config: { services: { api } } })
    const [file, web] = [new Readable({ read() {} }), new Cancelled()]
    for (const body of [file, web.stream]) {
      const sent = mesh.request({ service: 'api', method: 'POST', body, ...init })
      await sent.then(
        ({ body }) => body.bytes(),
        () => {},
      )
    }
    await expect.poll(() => [file.destroyed, web.cancelled], { interval: 5 }).toEqual([true, true])
    await mesh.close()
  })

  it.each<[string, (mesh: Mesh, body: Readable) => Promise<unknown>]>([
    [
      'mesh.fetch',
      async (mesh, body) => {
        const init: object = { method: 'POST', body, duplex: 'half' }
        return (await mesh.fetch('http://api/', init)).text()
      },
    ],
    [
      'mesh.dispatcher',
      async (mesh, body) =>
        (await request('http://api/', { method: 'POST', body, dispatcher: mesh.dispatcher })).body.text(),
    ],
  ])('of %s puts away a body that an answer of its own has no use for', async (_name, send) => {
    const mesh = createMesh({ service: 'x', config: { services: { api: itself } } })
    const body = new Readable({ read() {} })
    await send(mesh, body)
    await expect.poll(() => body.destroyed, { interval: 5 }).toBe(true)
    await mesh.close()
  })

  it('leaves a body that retries have read to its end as that left it', async () => {
    const server = http.createServer((incoming, response) => incoming.pipe(response)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
    const mesh = createMesh({ service: 'x', config: { services: { api: { endpoints: [{ url }], retry: {} } } } })
    const body = new Duplex({ autoDestroy: false, read() {}, write: (_chunk, _encoding, done) => done() })
    body.push('sent')
    body.push(null)
    const reply = await mesh.request({ service: 'api', method: 'POST', body })
    expect(await reply.body.text()).toBe('sent')
    expect(body.destroyed).toBe(false)
    await mesh.close()
    server.close()
  })
})
