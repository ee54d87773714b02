import { describe, expect, it } from 'vitest'
import type { ServiceConfig } from '../../src/config/service.js'
import { fakeClock } from '../../src/testing/index.js'
import { outcome } from './outcomes.js'
import { type ApiMesh, endpointsOf, expectNothingLeaks, meshTo, serving } from './scaffold.js'
import { watchedSignal } from './watched-signal.js'

expectNothingLeaks()

type Policies = Omit<ServiceConfig<never>, 'endpoints'>

const retry = { attempts: 3, on: ['5xx', 'reset'], budget: false, backoff: { base: 1, max: 1 } } as const

async function suppressed(mesh: ApiMesh): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const line of (await mesh.metrics.metrics()).split('\n')) {
    const [, reason = '', count] = /^mesh_retry_suppressed_total\{[^}]*reason="(\w+)"[^}]*\} (\d+)/.exec(line) ?? []
    if (reason !== '') counts[reason] = Number(count)
  }
  return counts
}

describe('F68 a POST fails when it has been sent', () => {
  it('takes effect once, and the metric says why there was no retry', async () => {
    const server = await serving({ drop: 'reset' })
    const mesh = meshTo([server], { retry })
    for (let i = 0; i < 20; i++) await outcome(mesh, { method: 'POST', body: 'x' })
    expect(server.requests).toHaveLength(20)
    expect(await suppressed(mesh)).toEqual({ method: 20 })
  })

  it('under a key of its own header it is sent again, with the same key', async () => {
    const server = await serving([{ drop: 'reset' }, { reply: 503 }, { reply: 200 }])
    const mesh = meshTo([server], { retry: { ...retry, idempotencyHeader: 'x-key' } })
    expect(await outcome(mesh, { method: 'POST', body: 'x', headers: { 'X-Key': 'k1' } })).toBe(200)
    expect(server.requests.map(({ headers }) => headers.get('x-key'))).toEqual(['k1', 'k1', 'k1'])
  })
})

describe('F70 the deadline leaves no time for a retry', () => {
  it('there is none, and the failure that was is the answer', async () => {
    const server = await serving({ reply: 503, body: 'the cause', headers: { 'x-cause': 'kept' } })
    const mesh = meshTo([server], { timeout: 1_000, retry: { ...retry, backoff: { min: '2s' } } })
    const reply = await mesh.request({ service: 'api' })
    expect([reply.status, reply.headers.get('x-cause'), await reply.body.text()]).toEqual([503, 'kept', 'the cause'])
    expect(server.requests).toHaveLength(1)
    expect(await suppressed(mesh)).toEqual({ deadline: 1 })
  })

  it('so is the error that was', async () => {
    const server = await serving({ drop: 'reset' })
    const mesh = meshTo([server], { timeout: 1_000, retry: { ...retry, backoff: { min: '2s' } } })
    await expect(mesh.request({ service: 'api' })).rejects.toMatchObject({
      code: 'ERR_MESH_RESET_BEFORE_RESPONSE',
      attempts: 1,
    })
    expect(await suppressed(mesh)).toEqual({ deadline: 1 })
  })
})

describe('F72 the caller aborts', () => {
  const reason = new Error('enough')

  it.each(['request', 'fetch'] as const)('2,000 calls of every outcome leave no listener (mesh.%s)', async (way) => {
    const { signal, listeners } = watchedSignal()
    const server = await serving((_request, n) =>
      n % 5 === 0 ? { drop: 'reset' } : n % 7 === 0 ? { truncate: 3 } : n % 3 === 0 ? { reply: 503 } : { reply: 200 },
    )
    const mesh = meshTo([server], { timeout: '5s', retry, hedge: { after: '1s' }, coalesce: true })
    let left = 2_000
    async function caller(): Promise<void> {
      while (left-- > 0)
        try {
          const answer =
            way === 'request'
              ? (await mesh.request({ service: 'api', signal })).body
              : await mesh.fetch('http://api/', { signal })
          await answer.text()
        } catch {}
    }
    await Promise.all(Array.from({ length: 10 }, caller))
    expect(listeners.size).toBe(0)
    expect(endpointsOf(mesh)).toMatchObject([{ active: 0 }])
  })

  const moments: [string, Policies, Parameters<typeof serving>[0]][] = [
    ['in a back-off', { retry: { ...retry, backoff: { min: '10s' } } }, { reply: 503 }],
    ['in an attempt', { retry }, { hang: 'headers' }],
    ['in a second attempt', { retry }, [{ reply: 503 }, { hang: 'headers' }]],
    ['while another attempt runs beside', { retry, hedge: { after: '10ms' } }, { hang: 'headers' }],
    ['in an exchange that it shares with nobody', { retry, coalesce: true }, { hang: 'headers' }],
  ]
  it.each(moments)('%s: all ends at once, sockets too, with its reason', async (_name, policies, plan) => {
    const clock = fakeClock()
    const server = await serving(plan)
    const mesh = meshTo([server], policies, { clock })
    const { signal, listeners, abort } = watchedSignal()
    const call = mesh.request({ service: 'api', signal }).catch((error: unknown) => error)
    await expect.poll(() => server.requests.length).toBeGreaterThan(0)
    await clock.advance(50)
    await new Promise((resolve) => setTimeout(resolve, 20))
    const before = server.requests.length
    abort(reason)
    expect(await call).toBe(reason)
    expect(listeners.size).toBe(0)
    await clock.advance(60_000)
    expect(server.requests).toHaveLength(before)
    expect(endpointsOf(mesh)).toMatchObject([{ active: 0 }])
  })
})

describe('F73 what ends an attempt decides, not that it was ended', () => {
  const attempts: [string, Policies, number, string][] = [
    [
      'the attempt’s own timeout is retried, as often as it may be',
      { retry: { ...retry, perTryTimeout: 30 } },
      4,
      'ERR_MESH_ATTEMPT_TIMEOUT',
    ],
    [
      'where only that is named, too',
      { retry: { ...retry, on: ['attempt-timeout'], perTryTimeout: 30 } },
      4,
      'ERR_MESH_ATTEMPT_TIMEOUT',
    ],
    [
      'not where connections only are',
      { retry: { ...retry, on: ['connect-failure'], perTryTimeout: 30 } },
      1,
      'ERR_MESH_ATTEMPT_TIMEOUT',
    ],
    ['the call’s deadline is not retried', { timeout: 30, retry }, 1, 'ERR_MESH_TIMEOUT'],
  ]
  it.each(attempts)('%s', async (_name, policies, made, code) => {
    const server = await serving({ hang: 'headers' })
    expect(await outcome(meshTo([server], policies))).toBe(code)
    expect(server.requests).toHaveLength(made)
  })
})
