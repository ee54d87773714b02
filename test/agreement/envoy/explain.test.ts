import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createMesh, type Mesh, type OutboundExplanation } from '../../../src/index.js'
import { askMesh } from './ask-mesh.js'
import type { Outcome } from './compare.js'
import { Draw } from './draw.js'
import { randomConfig } from './generate.js'
import { type Request, randomRequests } from './requests.js'
import { Upstreams } from './upstreams.js'

const configCount = Number(process.env.AGREEMENT_CONFIGS ?? 200)

/** Header names that come once: an explanation is asked for with one value a name. */
function single(request: Request): Request {
  const once = new Map(request.headers.map(([name, value]) => [name.toLowerCase(), value]))
  return { ...request, headers: [...once] }
}

function explained(mesh: Mesh, { method, authority, path, headers }: Request): OutboundExplanation {
  const explanation = mesh.explain({ method, url: `http://${authority}${path}`, headers: Object.fromEntries(headers) })
  if (explanation.side !== 'client') throw new Error('explained the other side')
  return explanation
}

/** Every way in which a call went otherwise than explained. Faults and preflights of chance aside. */
function* surprises(told: OutboundExplanation, got: Outcome, preflight: boolean): Iterable<string> {
  const { action, destinations, refused, route } = told
  if (refused !== undefined) {
    if (got.seen !== undefined) yield `was sent, though refused: ${refused.reason}`
    else if (got.status !== refused.status || got.flag !== refused.flag)
      yield `failed with ${got.status} ${got.flag}, not ${refused.status} ${refused.flag}`
    return
  }
  if (route === undefined || action === undefined) {
    yield `no route was told, and no refusal; got ${got.status}`
    return
  }
  if (action.faults.length > 0 || (action.cors && preflight)) return
  if (action.kind !== 'forward') {
    if (got.seen !== undefined) yield `was sent, though ${route.name} answers`
    if (got.status !== action.status) yield `got ${got.status}, not ${action.status}`
    if (action.location !== undefined && got.headers.location !== action.location)
      yield `redirected to ${got.headers.location}, not ${action.location}`
    return
  }
  if (got.seen === undefined) {
    const reachable = destinations.every(({ exists, endpoints }) => exists && endpoints.some((one) => one.takesCalls))
    if (reachable) yield `was not sent by ${route.name}: ${got.status} ${got.detail}`
    return
  }
  const { endpoint, url } = got.seen
  const chosen = destinations.filter(({ share }) => share > 0).flatMap(({ endpoints }) => endpoints)
  if (!chosen.some(({ address, takesCalls }) => takesCalls && address === endpoint)) yield `went to ${endpoint}`
  if (action.path !== url) yield `path ${url}, not ${action.path}`
}

describe('what a mesh explains is what it does', () => {
  const upstreams = new Upstreams()
  beforeAll(() => upstreams.listen(24))
  afterAll(() => upstreams.close())

  it(`${configCount} configs x 50 requests`, { timeout: 300_000 }, async () => {
    const problems: string[] = []
    for (let number = 0; number < configCount; number++) {
      const draw = new Draw(31_337 + number)
      const config = randomConfig(draw, String(number), () => draw.some(upstreams.urls, 0.25))
      let share = 0
      await using mesh = createMesh({ service: 'caller', config, outbound: 'registry-only', random: () => share })
      let i = 0
      for (const random of randomRequests(new Draw(number), Object.keys(config.services ?? {}), 50)) {
        const request = single(random)
        share = ((request.random % 100) + 0.5) / 100
        const told = explained(mesh, request)
        const got = await askMesh(mesh, request, `${number}-${i++}`, upstreams)
        for (const surprise of surprises(told, got, request.method === 'OPTIONS'))
          problems.push(`${number}: ${request.method} ${request.authority}${request.path.slice(0, 60)} ${surprise}`)
      }
    }
    expect(problems).toEqual([])
  })
})
