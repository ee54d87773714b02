import { AsyncLocalStorage } from 'node:async_hooks'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createMesh } from '../../src/index.js'
import { type FaultyServer, faultyServer } from '../../src/testing/index.js'

/** Tells whose line it is, where the user's logger adds that to each: all go over one connection, which the first has opened. */
const caller = new AsyncLocalStorage<string>()
let server: FaultyServer

beforeAll(async () => {
  server = await faultyServer(({ headers }) => (headers.has('x-drop') ? { drop: 'reset' } : { reply: 200 }))
})
afterAll(() => server.close())

it.each([
  ['replies', {}],
  ['failures', { 'x-drop': '1' }],
])('the access log is written in the context of the call that it tells of: %s', async (_, headers) => {
  const lines: unknown[] = []
  const silent = (): void => {}
  const info = (): void => void lines.push(caller.getStore())
  await using mesh = createMesh({
    service: 'caller',
    logger: { info, warn: silent, error: silent, debug: silent },
    config: { services: { s: { endpoints: [{ url: server.url }] } } },
  })
  for (const name of ['alice', 'bob', 'carol'])
    await caller.run(name, async () => {
      const reply = await mesh.request({ service: 's', path: '/', headers }).catch(() => undefined)
      await reply?.body.bytes()
    })
  expect(lines).toEqual(['alice', 'bob', 'carol'])
})
