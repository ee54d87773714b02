import { describe, expect, it } from 'vitest'
import type { Duration } from '../../src/core/duration.js'
import { createMesh } from '../../src/mesh/create-mesh.js'

describe('mesh.request', () => {
  it.each([Number.NaN, -1, '5', 'soon'])('rejects with a MeshError for the timeout %s', async (timeout) => {
    const mesh = createMesh({ service: 'x' })
    // What a user without a compiler might write.
    const failed = mesh.request({ url: 'http://127.0.0.1/', timeout: timeout as Duration })
    await expect(failed).rejects.toMatchObject({ name: 'MeshError', code: 'ERR_MESH_BAD_REQUEST' })
    await mesh.close()
  })
})
