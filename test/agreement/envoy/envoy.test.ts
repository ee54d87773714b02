import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createMesh, type MeshConfig } from '../../../src/index.js'
import { askMesh } from './ask-mesh.js'
import { differences, type Outcome, type Placement } from './compare.js'
import { deliberate } from './differences.js'
import { Draw } from './draw.js'
import { Envoy, findEnvoy, type Logged } from './envoy.js'
import { isSidecar, randomConfig } from './generate.js'
import { type Request, randomRequests } from './requests.js'
import { Upstreams } from './upstreams.js'

const configCount = Number(process.env.AGREEMENT_CONFIGS ?? 200)
const requestCount = Number(process.env.AGREEMENT_REQUESTS ?? 100)
const seed = Number(process.env.AGREEMENT_SEED ?? 1)

interface Asked {
  readonly request: Request
  readonly envoy: Outcome
  readonly mesh: Outcome
}

const path = findEnvoy()
if (path === undefined) console.warn('skipped: agreement with a live Envoy, which is neither in $ENVOY nor on the PATH')

describe.skipIf(path === undefined)('a mesh decides as a live Envoy does under the same native config', () => {
  const upstreams = new Upstreams()
  const configs: MeshConfig[] = []
  const asked = new Map<string, Asked>()
  let log: ReadonlyMap<string, Logged> = new Map()

  async function compareOne(envoy: Envoy, config: MeshConfig, number: number): Promise<void> {
    let share = 0
    await using mesh = createMesh({ service: 'caller', config, outbound: 'registry-only', random: () => share })
    const names = Object.keys(config.services ?? {})
    let i = 0
    for (const request of randomRequests(new Draw(seed * 7919 + number), names, requestCount)) {
      const id = `${number}-${i++}`
      share = ((request.random % 100) + 0.5) / 100
      const answered = await envoy.ask(isSidecar(config) ? 'sidecar' : 'plain', request, id)
      const seen = upstreams.take(id)
      asked.set(id, { request, envoy: { ...answered, seen }, mesh: await askMesh(mesh, request, id, upstreams) })
    }
  }

  beforeAll(async () => {
    await upstreams.listen(24)
    for (let number = 0; number < configCount; number++) {
      const draw = new Draw(seed * 104_729 + number)
      const endpoints = (): string[] => draw.some(upstreams.urls, 0.25)
      configs.push(randomConfig(draw, String(number), endpoints))
    }
    const envoy = await Envoy.start(path ?? 'envoy', configs)
    try {
      const queue = [...configs.entries()]
      async function lane(): Promise<void> {
        for (let next = queue.shift(); next !== undefined; next = queue.shift())
          await compareOne(envoy, next[1], next[0])
      }
      await Promise.all(Array.from({ length: 8 }, lane))
    } finally {
      log = await envoy.stop()
    }
  }, 600_000)

  afterAll(() => upstreams.close())

  it(`${configCount} configs x ${requestCount} requests (seed ${seed})`, () => {
    const problems: string[] = []
    for (const [id, { request, envoy, mesh }] of asked) {
      const config = configs[Number(id.split('-')[0])]
      const found = [
        ...differences(request, envoy, mesh, log.get(id), placementOf(config, request, log.get(id))),
      ].filter((difference) => !deliberate.some((one) => one.covers(difference)))
      if (found.length > 0)
        problems.push(
          `${id} ${request.method} ${request.authority}${request.path.slice(0, 80)} ${JSON.stringify(request.headers)}\n${found.join('\n')}`,
        )
    }
    expect(asked.size).toBe(configCount * requestCount)
    expect(problems).toEqual([])
  })
})

/** Where Envoy sent a request, in terms of the config. */
function placementOf(
  config: MeshConfig | undefined,
  request: Request,
  logged: Logged | undefined,
): Placement | undefined {
  const [name = '', subset] = logged?.cluster?.split('|') ?? []
  const service = config?.services?.[name]
  if (service === undefined) return undefined
  const owner = Object.entries(config?.services ?? {}).find(([one]) =>
    request.authority.toLowerCase().includes(one),
  )?.[1]
  const labels = Object.entries((subset === undefined ? undefined : service.subsets?.[subset]) ?? {})
  const members = (service.endpoints ?? []).filter((one) =>
    labels.every(([label, value]) => one.labels?.[label] === value),
  )
  const route = owner?.routes?.find(({ name }) => name === logged?.route)
  const { loadBalancer } = owner ?? {}
  const hash = route?.hash ?? (typeof loadBalancer === 'object' ? loadBalancer.hash : undefined) ?? []
  return {
    config: service,
    hash,
    endpoints: new Set(members.map(({ url }) => new URL(url).host)),
    envoyHeaders: owner?.envoyHeaders === true,
  }
}
