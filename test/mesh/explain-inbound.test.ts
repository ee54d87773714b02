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

it('policies with ports are asked about the port of the URL, or its scheme', async () => {
  await using mesh = createMesh({
    service: 'shop',
    config: {
      inbound: {
        authorization: [
          { action: 'allow', rules: [{ to: [{ ports: [8443, 443] }] }] },
          { action: 'deny', rules: [{ when: [{ key: 'destination.port', values: ['80'] }] }] },
        ],
      },
    },
  })
  const allowed = (url: string): boolean => mesh.explain({ side: 'server', url }).authorization.allowed
  expect(['http://shop:8443/', 'https://shop/', 'http://shop:9000/', 'http://shop/'].map(allowed)).toEqual([
    true,
    true,
    false,
    false,
  ])
})
