import { expect, it } from 'vitest'
import { createMesh } from '../../src/mesh/create-mesh.js'

it('a gateway route has the name that metrics and logs give it', async () => {
  await using mesh = createMesh({
    service: 'edge',
    config: {
      services: { api: { endpoints: [{ url: 'http://127.0.0.1:1' }] } },
      gateway: { routes: [{ hosts: ['api.example.com'], paths: ['/v1'], service: 'api' }] },
    },
  })
  const { gateway } = mesh.explain({ side: 'server', url: 'http://api.example.com/v1/x' })
  expect(gateway?.route).toBe('api.example.com/v1')
})
