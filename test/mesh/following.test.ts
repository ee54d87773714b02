import { afterEach, describe, expect, it, vi } from 'vitest'
import { Cancellation } from '../../src/core/cancellation.js'

const context = {
  deadline: Number.POSITIVE_INFINITY,
  requestId: 'r',
  traceparent: undefined,
  tracestate: undefined,
  repeated: false,
  noteRetriesSpent: () => {},
  cancellation: new Cancellation(),
}

/** Whether what a request awaits is told which request it is for. */
async function follows(): Promise<boolean> {
  const { inboundContext, runInbound } = await import('../../src/core/inbound.js')
  return runInbound(context, async () => {
    await null
    return inboundContext() === context
  })
}

describe('following requests into what they await', () => {
  afterEach(() => vi.resetModules())

  it('is left out by a mesh that only serves: before Node 24 every promise would pay for it', async () => {
    const { createMesh } = await import('../../src/index.js')
    await using mesh = createMesh({ service: 'only-serves', config: { inbound: {} } })
    expect(mesh.describe()).toBeDefined()
    expect(await follows()).toBe(false)
  })

  it('begins with a mesh that has services', async () => {
    const { createMesh } = await import('../../src/index.js')
    await using _mesh = createMesh({
      service: 'calls',
      config: { services: { a: { endpoints: [{ url: 'http://127.0.0.1:9' }] } } },
    })
    expect(await follows()).toBe(true)
  })

  it('begins when a mesh gets services by an update', async () => {
    const { createMesh } = await import('../../src/index.js')
    await using mesh = createMesh({ service: 'calls-later' })
    await mesh.update({ services: { a: { endpoints: [{ url: 'http://127.0.0.1:9' }] } } })
    expect(await follows()).toBe(true)
  })

  it('begins with the first call that passes through', async () => {
    const { createMesh } = await import('../../src/index.js')
    await using mesh = createMesh({ service: 'passes-through' })
    await expect(mesh.fetch('http://127.0.0.1:9/')).rejects.toThrow('fetch failed')
    expect(await follows()).toBe(true)
  })
})
