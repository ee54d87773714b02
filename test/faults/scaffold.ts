import { afterEach, beforeEach, expect } from 'vitest'
import type { ServiceConfig } from '../../src/config/service.js'
import { createMesh } from '../../src/index.js'
import type { Mesh } from '../../src/mesh/mesh.js'
import type { MeshOptions } from '../../src/mesh/options.js'
import { type FaultyServer, faultyServer } from '../../src/testing/index.js'

/** A mesh with the one service `api`. */
export type ApiMesh = Mesh<{ api: never }>

const servers: FaultyServer[] = []
const meshes: { close(): Promise<void> }[] = []
const unhandled: unknown[] = []
let before: string[] = []

function onUnhandled(reason: unknown): void {
  unhandled.push(reason)
}

/** Closes something after the test, in the order of the calls. */
export function closing<C extends { close(): Promise<void> }>(closable: C): C {
  meshes.push(closable)
  return closable
}

/** Starts a server that is closed after the test. */
export async function serving(...plan: Parameters<typeof faultyServer>): Promise<FaultyServer> {
  const server = await faultyServer(...plan)
  servers.push(server)
  return server
}

/** A mesh with one service, `api`, on these servers; closed after the test. */
export function meshTo(
  upstreams: readonly FaultyServer[],
  policies: Omit<ServiceConfig<never>, 'endpoints'> = {},
  options: Partial<MeshOptions> = {},
): ApiMesh {
  const api = { ...policies, endpoints: upstreams.map(({ url }) => ({ url })) }
  const mesh = createMesh<{ api: never }>({ service: 'test', ...options, config: { services: { api } } })
  meshes.push(mesh)
  return mesh
}

/** How the service's endpoints stand. */
export function endpointsOf(mesh: ApiMesh): { address: string; ejected: boolean; active: number }[] {
  return mesh.explain({ url: 'http://api/' }).destinations.flatMap((destination) => [...destination.endpoints])
}

/** Handles that have come since; what another test left to end meanwhile may have gone. */
function beyond(handles: readonly string[]): string[] {
  const left = [...handles]
  return process.getActiveResourcesInfo().filter((name) => {
    const at = left.indexOf(name)
    if (at >= 0) left.splice(at, 1)
    return at < 0
  })
}

/** T0 of the fault matrix, for every test of a file: no unhandled rejection, and no connection and no handle left after `close()`. */
export function expectNothingLeaks(): void {
  beforeEach(() => {
    unhandled.length = 0
    before = process.getActiveResourcesInfo()
    process.on('unhandledRejection', onUnhandled)
  })
  afterEach(async () => {
    for (const mesh of meshes.splice(0)) await mesh.close()
    // Idle sockets are not among the resources, since they keep no process alive: the other side knows.
    await expect.poll(() => servers.map(({ open }) => open), { interval: 5 }).toEqual(servers.map(() => 0))
    for (const server of servers.splice(0)) await server.close()
    await expect.poll(() => beyond(before), { interval: 5 }).toEqual([])
    process.off('unhandledRejection', onUnhandled)
    expect(unhandled).toEqual([])
  })
}
