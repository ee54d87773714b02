import { isMeshError, type Mesh } from '../../../src/index.js'
import type { Outcome } from './compare.js'
import type { Request } from './requests.js'
import type { Upstreams } from './upstreams.js'

/** Asks a mesh, and gathers what the caller and the upstream saw. */
export async function askMesh(mesh: Mesh, request: Request, id: string, upstreams: Upstreams): Promise<Outcome> {
  const { method, authority, path, random } = request
  const own: [string, string][] = [
    ['x-id', id],
    ['x-random', String(random)],
  ]
  const headers = [...own, ...request.headers.map(([name, value]): [string, string] => [name, value])]
  try {
    const reply = await mesh.request({ method, url: `http://${authority}`, path, headers })
    const body = await reply.body.text()
    const got: Record<string, string> = {}
    for (const [name] of reply.headers.entries())
      got[name.toLowerCase()] = reply.headers.getAll(name.toLowerCase()).join(',')
    return { status: reply.status, headers: got, body, seen: upstreams.take(id) }
  } catch (error) {
    if (!isMeshError(error)) throw error
    const { status, flag, detail, body = '', headers: set = {} } = error
    return { status, headers: { ...set }, body, seen: upstreams.take(id), flag, detail }
  }
}
