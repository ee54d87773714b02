import { expect, it } from 'vitest'
import { createMesh } from '../../src/index.js'
import { fakeClock, scriptedUpstream } from '../../src/testing/index.js'

it('a config is tested without a socket: the upstream stands for every endpoint', async () => {
  const clock = fakeClock()
  const upstream = scriptedUpstream([{ reply: 503 }, { reply: 200, body: 'ok' }], { clock })
  const endpoints = [{ url: 'http://10.0.0.1:80' }, { url: 'http://10.0.0.2:80' }]
  const mesh = createMesh({
    service: 'checkout',
    config: { services: { reviews: { endpoints, retry: { on: ['5xx'] }, timeout: '10s' } } },
    clock,
    interceptors: [{ stage: 'transport', place: 'before', intercept: (call) => upstream(call) }],
  })
  const replied = mesh.request({ service: 'reviews' })
  await clock.advance(1_000)
  const reply = await replied
  expect([reply.status, await reply.body.text()]).toEqual([200, 'ok'])
  expect(new Set(upstream.calls.map(({ call }) => call.endpoint?.id))).toEqual(new Set(['10.0.0.1:80', '10.0.0.2:80']))
  expect(upstream.active).toBe(0)
  await mesh.close()
})
