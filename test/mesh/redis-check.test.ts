import { afterEach, describe, expect, it } from 'vitest'
import { createMesh, type Mesh, type MeshConfig } from '../../src/index.js'

const client = { on: () => undefined, eval: () => undefined, defineCommand: () => undefined }
const limit = { limit: 1, per: '1m', store: 'redis' } as const
const inbound: MeshConfig = { inbound: { rateLimits: [{ limit: 1, per: '1m' }, limit] } }
const gateway = (origin?: { file: string; line: number }): MeshConfig => ({
  services: { a: { endpoints: [] } },
  gateway: {
    routes: [{ service: 'a', plugins: [{ name: 'cors' }, { name: 'rate-limiting', config: limit, origin }] }],
  },
})

let mesh: Mesh | undefined
afterEach(() => mesh?.close())

describe('a limit that is to be counted in Redis', () => {
  it.each([
    ['of a workload', inbound, 'inbound.rateLimits[1].store'],
    ['of a gateway route', gateway(), 'gateway.routes[0].plugins[1].config.store'],
  ])('%s is refused without a client', (_what, config, path) => {
    expect(() => createMesh({ service: 'shop', config })).toThrow(
      expect.objectContaining({ code: 'ERR_MESH_CONFIG', problems: [expect.objectContaining({ path })] }),
    )
  })

  it('is refused in an update too, and what served goes on', async () => {
    mesh = createMesh({ service: 'shop', config: {} })
    await expect(mesh.update(inbound)).rejects.toMatchObject({ code: 'ERR_MESH_CONFIG' })
    expect(mesh.describe().generation).toBe(1)
  })

  it('is taken with one', () => {
    mesh = createMesh({ service: 'shop', config: inbound, redis: client })
    expect(mesh.describe().generation).toBe(1)
  })

  it('of a manifest is taken without one: that has been warned of', () => {
    mesh = createMesh({ service: 'shop', config: gateway({ file: 'kong.yaml', line: 3 }) })
    expect(mesh.describe().generation).toBe(1)
  })
})
