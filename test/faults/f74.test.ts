import { describe, expect, it } from 'vitest'
import { createMesh, type MeshConfig } from '../../src/index.js'
import type { FaultyServer } from '../../src/testing/index.js'
import { outcomes } from './outcomes.js'
import { type ApiMesh, closing, expectNothingLeaks, serving } from './scaffold.js'

expectNothingLeaks()

/** One endpoint of version v1, and weights for it and for a version that has none. */
function config(server: FaultyServer, v1: number, none: number): MeshConfig {
  return {
    services: {
      api: {
        endpoints: [{ url: server.url, labels: { version: 'v1' } }],
        subsets: { v1: { version: 'v1' }, none: { version: 'none' } },
        routes: [{ to: { v1, none } }],
      },
    },
  }
}

/** How far counts are from what weights say; below 6.63 by chance in 99 of 100 runs, below 15 in all but 1 of 10,000. */
function chiSquare(counts: readonly number[], shares: readonly number[]): number {
  const total = counts.reduce((sum, n) => sum + n, 0)
  return counts.reduce((sum, n, i) => {
    const expected = total * (shares[i] ?? 0)
    return sum + (n - expected) ** 2 / expected
  }, 0)
}

function counted(seen: object): [number, number] {
  const counts: Record<string, number> = { ...seen }
  expect(Object.keys(counts).sort()).toEqual(['200', 'ERR_MESH_NO_HEALTHY_ENDPOINT'])
  return [counts['200'] ?? 0, counts.ERR_MESH_NO_HEALTHY_ENDPOINT ?? 0]
}

describe('F74 a weighted destination has no endpoints', () => {
  it('its share of the calls is answered 503 UH, by the weights', async () => {
    const server = await serving()
    const mesh: ApiMesh = closing(createMesh({ service: 'test', config: config(server, 75, 25) }))
    expect(chiSquare(counted(await outcomes(mesh, 2_000)), [0.75, 0.25])).toBeLessThan(15)
    await expect(
      (async () => {
        for (;;) await (await mesh.request({ service: 'api', path: '/' })).body.bytes()
      })(),
    ).rejects.toMatchObject({ status: 503, flag: 'UH', detail: 'no_healthy_upstream', attempts: 0 })
  })

  it('weights that change while calls are under way lose none of them', async () => {
    const server = await serving()
    const mesh: ApiMesh = closing(createMesh({ service: 'test', config: config(server, 50, 50) }))
    const before = outcomes(mesh, 500)
    await mesh.update(config(server, 90, 10))
    counted(await before)
    expect(chiSquare(counted(await outcomes(mesh, 2_000)), [0.9, 0.1])).toBeLessThan(15)
    await mesh.update(config(server, 100, 0))
    expect(await outcomes(mesh, 200)).toEqual({ 200: 200 })
  })
})
