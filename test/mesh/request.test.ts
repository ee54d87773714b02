import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import type { ServiceConfig } from '../../src/config/service.js'
import type { Duration } from '../../src/core/duration.js'
import { createMesh } from '../../src/mesh/create-mesh.js'

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
})
