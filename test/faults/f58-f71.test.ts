import { describe, expect, it } from 'vitest'
import { createMesh, type RetryOptions } from '../../src/index.js'
import type { Mesh } from '../../src/mesh/mesh.js'
import { type FaultyServer, fakeClock } from '../../src/testing/index.js'
import { outcome } from './outcomes.js'
import { closing, expectNothingLeaks, meshTo, serving } from './scaffold.js'

expectNothingLeaks()

type NextMesh = Mesh<{ next: never }>

interface Tier {
  readonly url: string
  readonly mesh: NextMesh
  /** Requests that its application has seen. */
  readonly handled: () => number
}

/** A service that asks the next one and answers with its status, with a deadline and retries of its own. */
async function tier(next: string, retry: RetryOptions): Promise<Tier> {
  const services = { next: { endpoints: [{ url: next }], timeout: '5s', retry } } as const
  const mesh = closing(createMesh<{ next: never }>({ service: 'tier', config: { services } }))
  let handled = 0
  const server = closing(
    mesh.server(async (_request, response) => {
      handled++
      try {
        const reply = await mesh.request({ service: 'next', path: '/' })
        response.statusCode = reply.status
        response.end(await reply.body.text())
      } catch {
        response.statusCode = 502
        response.end()
      }
    }),
  )
  const { port } = await server.listen({ host: '127.0.0.1' })
  return { url: `http://127.0.0.1:${port}`, mesh, handled: () => handled }
}

const retry: RetryOptions = { attempts: 3, on: ['5xx'], backoff: { base: 1, max: 1 } }

describe('F58 three tiers that retry, before a service that fails', () => {
  /** Sends that many calls through three tiers; how many of them reached the service behind. */
  async function amplification(policy: RetryOptions, calls: number): Promise<number> {
    const last: FaultyServer = await serving({ reply: 500 })
    const third = await tier(last.url, policy)
    const second = await tier(third.url, policy)
    const first = await tier(second.url, policy)
    for (let i = 0; i < calls; i++) {
      const reply = await first.mesh.request({ service: 'next', path: '/' })
      expect(reply.status).toBe(500)
      await reply.body.text()
    }
    return last.requests.length / calls
  }

  it('the service sees at most 1.33 calls for each that was made, within their budgets', async () => {
    expect(await amplification({ ...retry, budget: { ratio: 0.1, minPerSecond: 0 } }, 300)).toBeLessThan(1.33)
  })

  it('even without budgets only one tier retries: 4 calls for 1, not 64 or more', async () => {
    expect(await amplification({ ...retry, budget: false }, 10)).toBe(4)
  })
})

describe('F59 a call that is a retry, or was made for one', () => {
  it('is not retried by the tier behind', async () => {
    const last = await serving({ reply: 503 })
    const middle = await tier(last.url, { ...retry, budget: false })
    const headers = { 'x-mesh-retry': '1' }
    const mesh = closing(
      createMesh({ service: 'test', config: { services: { middle: { endpoints: [{ url: middle.url }] } } } }),
    )
    const reply = await mesh.request({ service: 'middle', path: '/', headers })
    expect([reply.status, last.requests.length]).toEqual([503, 1])
    await reply.body.text()
    expect(last.requests[0]?.headers.get('x-mesh-retry')).toBe('1')
  })

  it('tells its attempts apart on the wire', async () => {
    const last = await serving([{ reply: 503 }, { reply: 503 }, { reply: 200 }])
    const mesh = meshTo([last], { retry: { ...retry, budget: false } })
    expect(await outcome(mesh)).toBe(200)
    expect(last.requests.map(({ headers }) => headers.get('x-mesh-retry'))).toEqual([undefined, '1', '2'])
  })

  it('a service that is not ours can be spared all this', async () => {
    const last = await serving([{ reply: 503 }, { reply: 200 }])
    const mesh = meshTo([last], { timeout: '5s', hopHeaders: false, retry: { ...retry, budget: false } })
    expect(await outcome(mesh)).toBe(200)
    for (const { headers } of last.requests) expect([...headers].filter(([name]) => name.startsWith('x-'))).toEqual([])
  })
})

describe('F71 a deadline', () => {
  it('goes on from hop to hop, and shrinks on the way', async () => {
    const clock = fakeClock()
    const last = await serving()
    const services = { next: { endpoints: [{ url: last.url }] } }
    const middle = closing(createMesh<{ next: never }>({ service: 'middle', clock, config: { services } }))
    const server = closing(
      middle.server(async (_request, response) => {
        await clock.advance(300)
        const reply = await middle.request({ service: 'next' })
        response.end(await reply.body.text())
      }),
    )
    const { port } = await server.listen({ host: '127.0.0.1' })
    const front = { endpoints: [{ url: `http://127.0.0.1:${port}` }], timeout: '2s' } as const
    const mesh = closing(createMesh({ service: 'front', clock, config: { services: { front } } }))
    const reply = await mesh.request({ service: 'front' })
    await reply.body.text()
    expect(Object.fromEntries(last.requests[0]?.headers ?? [])).toMatchObject({
      'x-mesh-timeout-ms': '1700',
      'x-envoy-expected-rq-timeout-ms': '1700',
    })
  })

  it.each([
    ['x-mesh-timeout-ms', '0'],
    ['x-envoy-expected-rq-timeout-ms', '0'],
    ['grpc-timeout', '0m'],
  ])('that has passed (%s: %s) keeps the work from the application', async (name, value) => {
    const last = await serving()
    const middle = await tier(last.url, retry)
    const response = await fetch(middle.url, { headers: { [name]: value } })
    expect(response.status).toBe(504)
    expect(await response.json()).toMatchObject({ code: 'ERR_MESH_TIMEOUT' })
    expect([middle.handled(), last.requests.length]).toEqual([0, 0])
  })
})
