import { describe, expect, it } from 'vitest'
import { createMesh, type FallbackFunction } from '../../src/index.js'
import { fakeClock } from '../../src/testing/index.js'
import { closing, expectNothingLeaks, meshTo, serving } from '../faults/scaffold.js'

expectNothingLeaks()

describe('the fallback of a service', () => {
  it('answers when retries are spent', async () => {
    const server = await serving({ reply: 503 })
    const retry = { attempts: 2, on: ['5xx'], budget: false, backoff: { base: 1, max: 1 } } as const
    const mesh = meshTo([server], { retry, fallback: { body: '[]' } })
    const reply = await mesh.request({ service: 'api' })
    expect([reply.status, await reply.body.text(), server.requests.length]).toEqual([200, '[]', 3])
  })

  it.each<[string, number, { retry?: false }, number]>([
    ['that is repeated', 1, {}, 2],
    ['where the service repeats none', 0, {}, 1],
    ['of a call that is not to be repeated', 1, { retry: false }, 1],
  ])('answers the timeout of an attempt %s', async (_name, attempts, init, requests) => {
    const clock = fakeClock()
    const server = await serving({ hang: 'headers' })
    const retry = {
      attempts,
      perTryTimeout: '100ms',
      on: ['5xx'],
      budget: false,
      backoff: { base: 1, max: 1 },
    } as const
    const mesh = meshTo([server], { retry, fallback: { body: '[]' } }, { clock })
    const answer = mesh.request({ service: 'api', ...init })
    for (let made = 1; made <= requests; made++) {
      await expect.poll(() => server.requests.length, { interval: 5 }).toBe(made)
      await clock.advance(150)
    }
    const reply = await answer
    expect([reply.status, await reply.body.text()]).toEqual([200, '[]'])
  })

  it('answers a faulty route, and a route can do without', async () => {
    const mesh = meshTo([await serving({ reply: 500 })], {
      fallback: { status: 203 },
      routes: [
        { match: [{ path: '/bare' }], fallback: false },
        { match: [{ path: '/fault' }], fault: { abort: { status: 503, percentage: 100 } } },
        {},
      ],
    })
    const statusOf = async (path: string): Promise<number> => {
      const reply = await mesh.request({ service: 'api', path })
      await reply.body.text()
      return reply.status
    }
    expect([await statusOf('/'), await statusOf('/fault'), await statusOf('/bare')]).toEqual([203, 203, 500])
  })

  it('is explained with the rest of the policy', () => {
    const mesh = meshTo([], { fallback: { status: 203 } })
    expect(mesh.explain({ url: 'http://api/' })).toMatchObject({ policy: { fallback: { value: { status: 203 } } } })
  })

  it('may be a function; the same one is no change of the config', async () => {
    const fallback: FallbackFunction = ({ path }) => ({ body: `instead of ${path}` })
    const { url } = await serving({ drop: 'reset' })
    const config = () => ({ services: { api: { endpoints: [{ url }], fallback } } })
    const mesh = closing(createMesh({ service: 'test', config: config() }))
    const changes: (readonly string[])[] = []
    mesh.on('config', ({ diff }) => changes.push(diff.changed))
    await mesh.update(config())
    expect(changes).toEqual([[]])
    const reply = await mesh.request({ service: 'api', path: '/x' })
    expect(await reply.body.text()).toBe('instead of /x')
  })
})
