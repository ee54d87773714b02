import { isMeshError, type Mesh } from '../../../src/index.js'
import type { Case } from './cases.js'
import type { Echo, Seen } from './echo.js'

/** What came of a request. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly attempts: readonly Seen[]
}

/** Sends a case through a mesh and gathers what the caller and the upstream saw. */
export async function ask(mesh: Mesh, one: Case, id: string, echo: Echo): Promise<Answer> {
  const { method, authority, path } = one
  const headers: [string, string][] = [
    ...one.headers.map(([name, value]): [string, string] => [name, value]),
    ['x-id', id],
  ]
  try {
    const reply = await mesh.request({ method, url: `http://${authority}${path}`, headers })
    const body = await reply.body.text()
    const got: Record<string, string> = {}
    for (const [name] of reply.headers.entries())
      got[name.toLowerCase()] = reply.headers.getAll(name.toLowerCase()).join(',')
    return { status: reply.status, headers: got, body, attempts: echo.attemptsOf(id) }
  } catch (error) {
    if (!isMeshError(error)) throw error
    const { status, body = '' } = error
    const headers = { ...(body === '' ? {} : { 'content-type': 'text/plain' }), ...error.headers }
    return { status, headers, body, attempts: echo.attemptsOf(id) }
  }
}
