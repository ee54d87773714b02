import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createMesh, isMeshError, type Mesh } from '../../../src/index.js'
import { Envoy, findEnvoy } from '../envoy/envoy.js'
import { type Attempt, Endpoints } from './endpoints.js'
import { bootstrap, type Policy, policies, retryOptions } from './policies.js'
import { downScripts, type Script, scripts, slowScripts } from './scripts.js'

/** What became of a call. */
interface Outcome {
  /** `cut`: the reply broke off after its headers. */
  readonly status: number | 'cut'
  /** Of a reply, or of the answer that a failure becomes. */
  readonly body: string
  readonly attempts: readonly Attempt[]
}

const path = findEnvoy()
if (path === undefined) console.warn('skipped: faults beside a live Envoy, which is neither in $ENVOY nor on the PATH')

/** Text that tells how the system worded a failure. */
function comparable(body: string): string {
  return body.replace(/, transport failure reason: .*/, '')
}

async function askEnvoy(envoy: Envoy, policy: Policy, script: Script, id: string): Promise<Omit<Outcome, 'attempts'>> {
  const { method = 'GET', headers = [] } = script
  try {
    const request = {
      method,
      authority: policy.name,
      path: '/',
      headers: [...headers].map(([a, b]): [string, string] => [a, b]),
      random: 0,
    }
    const { status, body } = await envoy.ask('plain', request, id)
    return { status, body: comparable(body) }
  } catch {
    return { status: 'cut', body: '' }
  }
}

async function askMesh(mesh: Mesh, policy: Policy, script: Script, id: string): Promise<Omit<Outcome, 'attempts'>> {
  const { method = 'GET', headers = [] } = script
  const own: [string, string][] = [['x-id', id], ...[...headers].map(([a, b]): [string, string] => [a, b])]
  try {
    const reply = await mesh.request({ service: policy.name, path: '/', method, headers: own })
    try {
      return { status: reply.status, body: comparable(await reply.body.text()) }
    } catch {
      return { status: 'cut', body: '' }
    }
  } catch (error) {
    if (!isMeshError(error)) throw error
    return { status: error.status, body: comparable(error.body ?? '') }
  }
}

describe.skipIf(path === undefined)('a mesh meets the same faults as a live Envoy with the same retries', () => {
  const endpoints = new Endpoints()
  let envoy: Envoy | undefined
  beforeAll(async () => {
    await endpoints.listen()
    envoy = await Envoy.startWith(path ?? 'envoy', (logFile) => bootstrap(endpoints.ports, logFile))
  }, 60_000)
  afterAll(async () => {
    await envoy?.stop()
    await endpoints.close()
  })

  it.each(policies.map((policy) => [policy.name, policy] as const))('%s', async (_, policy) => {
    await using mesh = createMesh({
      service: 'caller',
      config: {
        services: {
          [policy.name]: {
            endpoints: endpoints.ports.map((port) => ({ url: `http://127.0.0.1:${port}` })),
            loadBalancer: 'round-robin',
            envoyHeaders: true,
            timeout: policy.timeoutMs,
            retry: policy.retries === 0 ? undefined : retryOptions(policy),
          },
        },
      },
    })
    const problems: string[] = []
    const played =
      policy.perTryMs === undefined ? [...scripts, ...downScripts] : [...scripts.slice(0, 6), ...slowScripts]
    for (const script of played) {
      const outcomes: Outcome[] = []
      for (const side of ['envoy', 'mesh'] as const) {
        const id = `${policy.name} ${script.name} ${side}`
        endpoints.expect(id, script)
        const ask = (): Promise<Omit<Outcome, 'attempts'>> =>
          side === 'mesh' || envoy === undefined
            ? askMesh(mesh, policy, script, id)
            : askEnvoy(envoy, policy, script, id)
        const answer = script.down ? await endpoints.whileDown(ask) : await ask()
        outcomes.push({ ...answer, attempts: endpoints.take(id) })
      }
      const [envoySide, meshSide] = outcomes.map((outcome) => JSON.stringify(outcome))
      if (envoySide !== meshSide) problems.push(`${script.name}\n  envoy ${envoySide}\n  mesh  ${meshSide}`)
    }
    expect(problems).toEqual([])
  })
})
