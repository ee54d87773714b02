import { describe, expect, it } from 'vitest'
import { HealthChecker } from '../../../src/cluster/health-check/checker.js'
import type { HealthCheckOptions } from '../../../src/cluster/health-check/options.js'
import { Cluster } from '../../../src/cluster/index.js'
import type { ClientCall } from '../../../src/core/call.js'
import { MeshError } from '../../../src/core/errors.js'
import type { MeshEvents } from '../../../src/core/events.js'
import { Observer } from '../../../src/core/observer.js'
import { directReply, type Reply } from '../../../src/core/reply.js'
import { type FakeClock, fakeClock } from '../../../src/testing/fake-clock.js'

type Step = number | 'connect' | 'silence' | 'immediate' | 'ours' | 'stale' | 'own expiry' | 'never sent'

interface Bed {
  readonly cluster: Cluster
  readonly checker: HealthChecker
  readonly clock: FakeClock
  /** What an endpoint answers from now on. */
  readonly answers: Map<string, Step>
  readonly calls: ClientCall[]
  readonly events: MeshEvents['health-check'][]
  readonly ejections: MeshEvents['ejection'][]
  readonly unhealthy: () => string[]
  readonly join: (...ids: string[]) => void
}

function bed(random: () => number = () => 0): Bed {
  const clock = fakeClock()
  const observer = new Observer()
  const events: MeshEvents['health-check'][] = []
  const ejections: MeshEvents['ejection'][] = []
  observer.on('health-check', (event) => events.push(event))
  observer.on('ejection', (event) => ejections.push(event))
  const answers = new Map<string, Step>()
  const calls: ClientCall[] = []
  const cluster = new Cluster('reviews', { clock, random, observer })

  async function send(call: ClientCall): Promise<Reply> {
    calls.push(call)
    const step = answers.get(call.endpoint?.id ?? '') ?? 200
    if (step === 'immediate') return directReply(200, { 'x-envoy-immediate-health-check-fail': '1' })
    if (step === 'connect') throw new MeshError('ERR_MESH_CONNECT', 'refused')
    if (step === 'ours') throw new MeshError('ERR_MESH_CONNECT', 'EMFILE', { origin: 'local' })
    if (step === 'stale') throw new MeshError('ERR_MESH_RESET_BEFORE_RESPONSE', 'it ended', { origin: 'local' })
    if (step === 'own expiry')
      throw new MeshError('ERR_MESH_RESET_BEFORE_RESPONSE', 'broken off', { origin: 'local', detail: 'own_expired' })
    if (step === 'never sent') throw new MeshError('ERR_MESH_BAD_REQUEST', 'the request cannot be sent')
    if (step !== 'silence') return directReply(step)
    return new Promise((_resolve, reject) => call.attach({ cancel: reject }))
  }
  const checker = new HealthChecker(cluster, { clock, random, observer, send })
  return {
    cluster,
    checker,
    clock,
    answers,
    calls,
    events,
    ejections,
    unhealthy: () => cluster.endpoints.filter((endpoint) => endpoint.unhealthy).map(({ id }) => id),
    join(...ids) {
      cluster.update(ids.map((id) => ({ url: `http://${id}` })))
      checker.refresh()
    },
  }
}

/** One endpoint that has passed its first check. */
async function serving(options: Partial<HealthCheckOptions> = {}, random?: () => number): Promise<Bed> {
  const one = bed(random)
  one.checker.configure({ path: '/health', ...options })
  one.join('a:80')
  await one.clock.advance(0)
  expect(one.unhealthy()).toEqual([])
  one.events.length = 0
  return one
}

describe('a check', () => {
  it('is a GET for the path to the endpoint, past all rings', async () => {
    const one = bed()
    one.checker.configure({ path: '/health?deep=1', headers: { 'x-probe': 'yes' } })
    one.join('a:80')
    expect(one.calls).toMatchObject([
      { method: 'GET', path: '/health?deep=1', authority: 'reviews', service: 'reviews', endpoint: { id: 'a:80' } },
    ])
    expect(one.calls[0]?.headers.get('x-probe')).toBe('yes')
  })

  it('names another host if told to', () => {
    const one = bed()
    one.checker.configure({ path: '/', host: 'probe.test' })
    one.join('a:80')
    expect(one.calls[0]?.authority).toBe('probe.test')
  })

  it.each([
    [undefined, 200, true],
    [undefined, 204, false],
    [[204, { from: 300, to: 399 }], 204, true],
    [[204, { from: 300, to: 399 }], 399, true],
    [[204, { from: 300, to: 399 }], 200, false],
  ])('expecting %j, %d passes: %s', async (expectedStatuses, status, passes) => {
    const one = bed()
    one.answers.set('a:80', status)
    one.checker.configure({ path: '/', expectedStatuses })
    one.join('a:80')
    await one.clock.advance(0)
    expect(one.unhealthy()).toEqual(passes ? [] : ['a:80'])
  })
})

describe('an endpoint that joins', () => {
  it('is out until its first check has passed, which brings it in at once', async () => {
    const one = bed()
    one.checker.configure({ path: '/', healthyThreshold: 5 })
    one.join('a:80')
    expect(one.unhealthy()).toEqual(['a:80'])
    await one.clock.advance(0)
    expect(one.unhealthy()).toEqual([])
    expect(one.events).toEqual([{ service: 'reviews', endpoint: 'a:80', healthy: true, reason: 'passed' }])
  })

  it('later is out, too, while the others serve on', async () => {
    const one = await serving()
    one.answers.set('b:80', 503)
    one.join('a:80', 'b:80')
    await one.clock.advance(0)
    expect(one.unhealthy()).toEqual(['b:80'])
  })

  it('begins its slow start when it passes', async () => {
    const one = bed()
    one.answers.set('a:80', 503)
    one.checker.configure({ path: '/' })
    one.join('a:80')
    await one.clock.advance(9_000)
    one.answers.set('a:80', 200)
    await one.clock.advance(1_000)
    expect(one.cluster.endpoints[0]?.addedAtMs).toBe(one.clock.now())
  })

  it('was there before the checks: it stays in, and its first failure takes it out', async () => {
    const one = bed()
    one.join('a:80')
    one.answers.set('a:80', 'connect')
    one.checker.configure({ path: '/' })
    expect(one.unhealthy()).toEqual([])
    expect(one.checker.pending).toBeUndefined()
    await one.clock.advance(0)
    expect(one.unhealthy()).toEqual(['a:80'])
  })
})

describe('an endpoint that serves', () => {
  it.each([
    ['connect', 3, 'ERR_MESH_CONNECT'],
    ['silence', 3, 'ERR_MESH_ATTEMPT_TIMEOUT'],
    [503, 1, 'status 503'],
    [404, 1, 'status 404'],
    ['immediate', 1, 'immediate'],
  ] as const)('that answers with %s goes out at failure %d', async (step, failures, reason) => {
    const one = await serving({ interval: '10s', timeout: '1s' })
    one.answers.set('a:80', step)
    const perCheck = step === 'silence' ? 11_000 : 10_000
    await one.clock.advance(perCheck * failures - 1)
    expect(one.unhealthy()).toEqual([])
    await one.clock.advance(1)
    expect(one.unhealthy()).toEqual(['a:80'])
    expect(one.events).toEqual([{ service: 'reviews', endpoint: 'a:80', healthy: false, reason }])
  })

  it('stays in when a success comes between failures', async () => {
    const one = await serving({ unhealthyThreshold: 2 })
    for (let i = 0; i < 4; i++) {
      one.answers.set('a:80', i % 2 === 0 ? 'connect' : 200)
      await one.clock.advance(10_000)
    }
    expect(one.unhealthy()).toEqual([])
    expect(one.events).toEqual([])
  })

  it('comes back after as many successes in a row as it takes', async () => {
    const one = await serving({ healthyThreshold: 3 })
    one.answers.set('a:80', 503)
    await one.clock.advance(10_000)
    one.answers.set('a:80', 200)
    await one.clock.advance(20_000)
    one.answers.set('a:80', 'connect')
    await one.clock.advance(10_000)
    one.answers.set('a:80', 200)
    await one.clock.advance(20_000)
    expect(one.unhealthy()).toEqual(['a:80'])
    await one.clock.advance(10_000)
    expect(one.unhealthy()).toEqual([])
  })

  it('goes out at once when a reply asks for it, until checks pass', async () => {
    const one = await serving()
    one.checker.fail('a:80')
    expect(one.unhealthy()).toEqual(['a:80'])
    await one.clock.advance(10_000)
    expect(one.unhealthy()).toEqual([])
    one.checker.fail('unknown:80')
  })

  it('that is ejected comes back when a check passes, and stays out when one fails below the threshold', async () => {
    const one = await serving()
    one.cluster.detectOutliers({ consecutive5xxErrors: 1, baseEjectionTime: '1h' })
    const [a] = one.cluster.endpoints
    if (a === undefined) throw new Error('no endpoint')
    one.cluster.outliers.report(a, 503)
    expect(a.ejected).toBe(true)
    one.answers.set('a:80', 'connect')
    await one.clock.advance(10_000)
    expect(a).toMatchObject({ ejected: true, unhealthy: false })
    one.answers.set('a:80', 200)
    await one.clock.advance(10_000)
    expect(a.ejected).toBe(false)
    expect(one.ejections.at(-1)).toMatchObject({ ejected: false, reason: 'health-check' })
  })
})

describe('a check that fails by us', () => {
  it('says nothing of an endpoint that serves, nor of one that is out', async () => {
    const one = await serving({ unhealthyThreshold: 2, healthyThreshold: 2 })
    one.answers.set('a:80', 'ours')
    await one.clock.advance(50_000)
    expect(one.calls).toHaveLength(6)
    one.answers.set('a:80', 'connect')
    await one.clock.advance(10_000)
    one.answers.set('a:80', 'ours')
    await one.clock.advance(10_000)
    expect(one.events).toEqual([])
    one.answers.set('a:80', 'connect')
    await one.clock.advance(10_000)
    expect(one.events).toMatchObject([{ healthy: false, reason: 'ERR_MESH_CONNECT' }])
    for (const step of [200, 'ours', 200] as const) {
      expect(one.unhealthy()).toEqual(['a:80'])
      one.answers.set('a:80', step)
      await one.clock.advance(10_000)
    }
    expect(one.unhealthy()).toEqual([])
  })

  it('makes nobody wait for an endpoint that joins, whose next check is its very first', async () => {
    const one = bed()
    one.answers.set('a:80', 'ours')
    one.checker.configure({ path: '/', healthyThreshold: 5 })
    one.join('a:80')
    const { pending } = one.checker
    await one.clock.advance(0)
    await pending
    expect(one.checker.pending).toBeUndefined()
    expect(one.unhealthy()).toEqual(['a:80'])
    expect(one.events).toEqual([])
    one.answers.set('a:80', 200)
    await one.clock.advance(10_000)
    expect(one.events).toMatchObject([{ healthy: true, reason: 'passed' }])
  })

  it('says nothing where the end of our own certificate has broken it off', async () => {
    const one = await serving({ unhealthyThreshold: 1 })
    one.answers.set('a:80', 'own expiry')
    await one.clock.advance(20_000)
    expect(one.events).toEqual([])
  })

  it.each([
    ['it could never be sent: somebody has to hear of that', 'never sent', 'ERR_MESH_BAD_REQUEST'],
    ['the kept connection ends each time: calls make new ones', 'stale', 'ERR_MESH_RESET_BEFORE_RESPONSE'],
  ] as const)('counts where %s', async (_where, step, reason) => {
    const one = await serving({ unhealthyThreshold: 2 })
    one.answers.set('a:80', step)
    await one.clock.advance(20_000)
    expect(one.events).toMatchObject([{ healthy: false, reason }])
  })
})

describe('when it asks', () => {
  it.each([
    ['interval after the answer', {}, 200, 0, 10_000],
    ['up to a tenth later', {}, 200, 0.5, 10_500],
    ['unhealthyInterval while it is out', { unhealthyInterval: '2s' }, 503, 0, 2_000],
    ['interval while it is out, if nothing else is said', { interval: '4s' }, 503, 0, 4_000],
  ] as const)('%s', async (_name, options, status, random, ms) => {
    const one = bed(() => random)
    one.answers.set('a:80', status)
    one.checker.configure({ path: '/', ...options })
    one.join('a:80')
    await one.clock.advance(ms - 1)
    expect(one.calls).toHaveLength(1)
    await one.clock.advance(1)
    expect(one.calls).toHaveLength(2)
  })

  it('not of an endpoint that has left', async () => {
    const one = await serving()
    one.join('b:80')
    await one.clock.advance(60_000)
    expect(one.calls.filter(({ endpoint }) => endpoint?.id === 'a:80')).toHaveLength(1)
  })

  it('not any more once it is closed; a check under way is broken off', async () => {
    const one = bed()
    one.answers.set('a:80', 'silence')
    one.checker.configure({ path: '/' })
    one.join('a:80')
    one.checker.close()
    expect(one.calls[0]?.cancelled).toBe(true)
    await one.clock.advance(60_000)
    expect(one.calls).toHaveLength(1)
    expect(one.clock.pending).toBe(0)
  })
})

describe('a changed config', () => {
  it('keeps what is known, and the rhythm, while the options are equal', async () => {
    const one = await serving()
    one.checker.configure({ path: '/health' })
    expect(one.calls).toHaveLength(1)
  })

  it('asks anew with other options; who was out stays out until then', async () => {
    const one = await serving()
    one.answers.set('a:80', 503)
    await one.clock.advance(10_000)
    one.answers.set('a:80', 200)
    one.checker.configure({ path: '/other' })
    expect(one.unhealthy()).toEqual(['a:80'])
    await one.clock.advance(0)
    expect(one.unhealthy()).toEqual([])
    expect(one.calls.at(-1)?.path).toBe('/other')
  })

  it('without checks brings everybody back', async () => {
    const one = await serving()
    one.answers.set('a:80', 503)
    await one.clock.advance(10_000)
    one.checker.configure(undefined)
    expect(one.unhealthy()).toEqual([])
    expect(one.events.at(-1)).toMatchObject({ healthy: true, reason: 'disabled' })
    expect(one.clock.pending).toBe(0)
  })
})

describe('the first round', () => {
  async function settled(one: Bed): Promise<boolean> {
    let done = false
    void (one.checker.pending ?? Promise.resolve()).then(() => {
      done = true
    })
    await one.clock.advance(0)
    return done
  }

  it('is over when every endpoint of the beginning was checked', async () => {
    const one = bed()
    one.answers.set('b:80', 'silence')
    one.checker.configure({ path: '/', timeout: '1s' })
    one.join('a:80', 'b:80')
    expect(await settled(one)).toBe(false)
    await one.clock.advance(1_000)
    expect(await settled(one)).toBe(true)
    expect(one.checker.pending).toBeUndefined()
  })

  it('does not wait for endpoints that leave, nor longer than the checker lives', async () => {
    const one = bed()
    for (const id of ['a:80', 'b:80']) one.answers.set(id, 'silence')
    one.checker.configure({ path: '/' })
    one.join('a:80', 'b:80')
    const pending = one.checker.pending
    one.join('a:80')
    expect(one.checker.pending).toBe(pending)
    one.checker.close()
    await pending
    expect(one.checker.pending).toBeUndefined()
  })

  it('comes once: endpoints that join later make nobody wait', async () => {
    const one = await serving()
    one.join('a:80', 'b:80')
    expect(one.checker.pending).toBeUndefined()
  })
})
