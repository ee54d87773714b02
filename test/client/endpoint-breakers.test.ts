import { expect, it } from 'vitest'
import { createMesh } from '../../src/index.js'
import type { CircuitBreakerOptions } from '../../src/resilience/circuit-breaker/index.js'
import { closing, expectNothingLeaks, serving } from '../faults/scaffold.js'

expectNothingLeaks()

it('the balancer hears at once when breakers that are open only observe from now on', async () => {
  const servers = [await serving({ reply: 500 }), await serving({ reply: 200 })]
  const endpoints = servers.map(({ url }) => ({ url }))
  const configOf = (mode: CircuitBreakerOptions['mode']) => ({
    services: {
      api: { endpoints, circuitBreaker: { per: 'endpoint', volumeThreshold: 1, resetTimeout: '1h', mode } as const },
    },
  })
  const mesh = closing(createMesh<{ api: never }>({ service: 'test', config: configOf('enforce') }))
  async function failures(): Promise<number> {
    let failed = 0
    for (let i = 0; i < 20; i++) {
      const reply = await mesh.request({ service: 'api' })
      await reply.body.text()
      if (reply.status === 500) failed++
    }
    return failed
  }
  expect(await failures()).toBe(1)
  await mesh.update(configOf('observe'))
  expect(await failures()).toBeGreaterThan(1)
})
