import { isMeshError } from '../../src/core/errors.js'
import type { RequestInit } from '../../src/mesh/request.js'
import type { ApiMesh } from './scaffold.js'

/** Makes one call and reads its body: a status, or the code of the error. */
export async function outcome(mesh: ApiMesh, init: Partial<RequestInit<'api'>> = {}): Promise<number | string> {
  try {
    const reply = await mesh.request({ service: 'api', path: '/', ...init })
    await reply.body.bytes()
    return reply.status
  } catch (error) {
    return isMeshError(error) ? error.code : `no MeshError: ${String(error)}`
  }
}

/** Makes `calls` calls, some at once, and counts their outcomes. */
export async function outcomes(mesh: ApiMesh, calls: number, init: Partial<RequestInit<'api'>> = {}): Promise<object> {
  const counts: Record<string, number> = {}
  let left = calls
  async function caller(): Promise<void> {
    while (left-- > 0) {
      const one = await outcome(mesh, init)
      counts[one] = (counts[one] ?? 0) + 1
    }
  }
  await Promise.all(Array.from({ length: 10 }, caller))
  return counts
}
