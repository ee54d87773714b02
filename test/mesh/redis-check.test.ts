import Fastify from 'fastify'
import { afterEach, describe, expect, it } from 'vitest'
import { meshGateway } from '../../src/adapters/express.js'
import { meshPlugin } from '../../src/adapters/fastify.js'
import { createMesh, type Mesh, type MeshConfig, type Resolver } from '../../src/index.js'

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
  const refused = (path: string): unknown =>
    expect.objectContaining({ code: 'ERR_MESH_CONFIG', problems: [expect.objectContaining({ path })] })
  const ofRoute = refused('gateway.routes[0].plugins[1].config.store')

  it('is refused without a client', () => {
    expect(() => createMesh({ service: 'shop', config: inbound })).toThrow(refused('inbound.rateLimits[1].store'))
  })

  it('of a gateway route is nothing to a process that does not serve the gateway', async () => {
    mesh = createMesh({ service: 'shop', config: gateway() })
    expect(mesh.describe().generation).toBe(1)
    await mesh.update({ ...gateway(), inbound: {} })
    expect(mesh.describe().generation).toBe(2)
  })

  it('of a gateway route is refused as the gateway is to be served, by every adapter', async () => {
    const made = createMesh({ service: 'shop', config: gateway() })
    mesh = made
    expect(() => made.gateway()).toThrow(ofRoute)
    expect(() => meshGateway(made)).toThrow(ofRoute)
    await expect(Fastify().register(meshPlugin, { mesh: made, gateway: true })).rejects.toEqual(ofRoute)
  })

  it('of a gateway route is refused with the config once the gateway serves', async () => {
    mesh = createMesh({ service: 'shop', config: {} })
    expect(mesh.gateway()).toBe(mesh.gateway())
    await expect(mesh.update(gateway())).rejects.toEqual(ofRoute)
    expect(mesh.describe().generation).toBe(1)
  })

  it('of a gateway route is refused as the gateway is to be served while the config with it is being prepared', async () => {
    const made = createMesh({ service: 'shop', config: {} })
    mesh = made
    let thrown: unknown
    const asking: Resolver = {
      watch() {
        try {
          made.gateway()
        } catch (error) {
          thrown = error
        }
        return () => {}
      },
    }
    await made.update({ ...gateway(), services: { a: { discovery: asking } } })
    expect(thrown).toEqual(ofRoute)
    expect(() => made.gateway()).toThrow(ofRoute)
  })

  it('of a gateway route keeps nobody from serving the gateway after its config was given up', async () => {
    mesh = createMesh({ service: 'shop', config: {}, interceptors: [{ stage: 'transport', place: 'remove' }] })
    await expect(mesh.update(gateway())).rejects.toThrow('transport')
    expect(mesh.gateway()).toBe(mesh.gateway())
  })

  it('of a gateway route is taken with a client', () => {
    mesh = createMesh({ service: 'shop', config: gateway(), redis: client })
    expect(mesh.gateway()).toBe(mesh.gateway())
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
    expect(mesh.gateway()).toBe(mesh.gateway())
  })
})
