import { describe, expect, it } from 'vitest'
import { expectNothingLeaks, meshTo, serving } from '../faults/scaffold.js'

expectNothingLeaks()

describe('a timeout has the body and the detail of Envoy', () => {
  it('of the whole call', async () => {
    const mesh = meshTo([await serving({ hang: 'headers' })], { timeout: 50 })
    await expect(mesh.request({ service: 'api' })).rejects.toMatchObject({
      status: 504,
      flag: 'UT',
      body: 'upstream request timeout',
      detail: 'response_timeout',
    })
  })

  it('of an attempt', async () => {
    const mesh = meshTo([await serving({ hang: 'headers' })], { retry: { attempts: 1, perTryTimeout: 50 } })
    await expect(mesh.request({ service: 'api' })).rejects.toMatchObject({
      status: 504,
      flag: 'UT',
      body: 'upstream request timeout',
      detail: 'upstream_per_try_timeout',
    })
  })
})
