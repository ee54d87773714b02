import { describe, expect, it } from 'vitest'
import type { ServiceConfig } from '../../src/config/service.js'
import { type FaultStep, type FaultyServer, fakeClock } from '../../src/testing/index.js'
import { outcome, outcomes } from './outcomes.js'
import { endpointsOf, expectNothingLeaks, meshTo, serving } from './scaffold.js'

expectNothingLeaks()

const total = (servers: readonly FaultyServer[]): number => servers.reduce((n, server) => n + server.requests.length, 0)

describe('F01 an endpoint refuses connections', () => {
  const policies: [string, Omit<ServiceConfig<never>, 'endpoints'>][] = [
    ['ejected after a few failures', { retry: { attempts: 1 }, outlierDetection: {} }],
    ['never ejected: a refused connection costs no budget', { retry: { attempts: 1 } }],
  ]
  for (const [name, policy] of policies)
    it.each(['GET', 'POST'])(
      `1 of 3 is dead (${name}): 0 of 1,000 %s fail, and each has its effect once`,
      async (method) => {
        const servers = [await serving(), await serving(), await serving()]
        await servers[1]?.refuse()
        const mesh = meshTo(servers, { loadBalancer: 'round-robin', ...policy })
        expect(await outcomes(mesh, 1_000, { method })).toEqual({ 200: 1_000 })
        expect(total(servers)).toBe(1_000)
        expect(endpointsOf(mesh).map(({ active }) => active)).toEqual([0, 0, 0])
      },
    )

  it('without a retry the error says what happened', async () => {
    const server = await serving()
    await server.refuse()
    await expect(meshTo([server]).request({ service: 'api' })).rejects.toMatchObject({
      code: 'ERR_MESH_CONNECT',
      status: 503,
      flag: 'UF',
      service: 'api',
      endpoint: `127.0.0.1:${server.port}`,
      attempts: 1,
    })
  })

  it('a retry goes to another endpoint, not to the dead one again', async () => {
    const [dead, alive] = [await serving(), await serving()]
    await dead.refuse()
    const mesh = meshTo([dead, alive], { loadBalancer: 'round-robin', retry: { attempts: 1, budget: false } })
    const reasons: string[] = []
    mesh.on('retry', ({ reason, attempt }) => reasons.push(`${reason} ${attempt}`))
    expect(await outcomes(mesh, 20)).toEqual({ 200: 20 })
    expect(new Set(reasons)).toEqual(new Set(['connect-failure 1']))
  })
})

describe('F03 an endpoint accepts and never answers', () => {
  it.each([50, 600, 30_000])('a timeout of %d ms is overshot by 25 ms or 5 percent at most', async (timeout) => {
    const clock = fakeClock()
    let gone = false
    const server = await serving({
      play(socket) {
        socket.once('close', () => {
          gone = true
        })
      },
    })
    const mesh = meshTo([server], { timeout }, { clock })
    let failed: unknown
    mesh.request({ service: 'api' }).catch((error: unknown) => {
      failed = error
    })
    await expect.poll(() => server.requests.length).toBe(1)
    await clock.advance(timeout - 1)
    expect(failed).toBeUndefined()
    await clock.advance(1 + Math.max(25, timeout * 0.05))
    expect(failed).toMatchObject({ code: 'ERR_MESH_TIMEOUT', status: 504, flag: 'UT', phase: 'headers' })
    expect(endpointsOf(mesh)).toMatchObject([{ active: 0 }])
    await expect.poll(() => gone).toBe(true)
  })

  const attempts: [string, number, string][] = [
    ['GET', 3, 'is tried again on attempt timeouts'],
    ['POST', 1, 'is not: it may have taken effect'],
  ]
  it.each(attempts)('a %s reaches it %d times and %s', async (method, reached) => {
    const server = await serving({ hang: 'headers' })
    const mesh = meshTo([server], { retry: { attempts: 2, perTryTimeout: 20, on: ['5xx'] } })
    expect(await outcome(mesh, { method })).toBe('ERR_MESH_ATTEMPT_TIMEOUT')
    expect(server.requests).toHaveLength(reached)
  })

  it('the deadline ends the retries too', async () => {
    const clock = fakeClock()
    const server = await serving({ hang: 'headers' })
    const retry = { attempts: 100, perTryTimeout: 40, on: ['5xx' as const], budget: false as const }
    const mesh = meshTo([server], { timeout: 100, retry }, { clock })
    let failed: unknown
    mesh.request({ service: 'api' }).catch((error: unknown) => {
      failed = error
    })
    while (clock.now() < 1_125) {
      await new Promise((resolve) => setTimeout(resolve, 2))
      await clock.advance(5)
    }
    expect(failed).toMatchObject({ status: 504 })
    const made = server.requests.length
    await clock.advance(10_000)
    expect(server.requests).toHaveLength(made)
    expect(made).toBeLessThanOrEqual(3)
  })
})

describe('F05 an endpoint hangs in the body', () => {
  it('the deadline fails the reader in the phase "body", and nothing is tried again', async () => {
    const clock = fakeClock()
    const server = await serving({ hang: 'body' })
    const mesh = meshTo([server], { timeout: 500, retry: { attempts: 2, perTryTimeout: 100, on: ['5xx'] } }, { clock })
    const reply = await mesh.request({ service: 'api' })
    const read = reply.body.bytes().catch((error: unknown) => error)
    await clock.advance(530)
    expect(await read).toMatchObject({ code: 'ERR_MESH_TIMEOUT', phase: 'body' })
    expect(server.requests).toHaveLength(1)
    expect(endpointsOf(mesh)).toMatchObject([{ active: 0 }])
  })

  it('a stream gives what has come, then fails: never a partial success', async () => {
    const clock = fakeClock()
    const mesh = meshTo([await serving({ hang: 'body' })], { timeout: 500 }, { clock })
    const stream = (await mesh.request({ service: 'api' })).body.stream()
    let text = ''
    const read = (async () => {
      for await (const chunk of stream) text += chunk
    })().catch((error: unknown) => error)
    await expect.poll(() => text).toBe('abc')
    await clock.advance(530)
    expect(await read).toMatchObject({ code: 'ERR_MESH_TIMEOUT', phase: 'body' })
  })

  it('a body that nobody reads is given up at the deadline', async () => {
    const clock = fakeClock()
    let gone = false
    const server = await serving({
      play(socket) {
        socket.once('close', () => {
          gone = true
        })
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc')
      },
    })
    const mesh = meshTo([server], { timeout: 500 }, { clock })
    await mesh.request({ service: 'api' })
    expect(endpointsOf(mesh)).toMatchObject([{ active: 1 }])
    await clock.advance(530)
    expect(endpointsOf(mesh)).toMatchObject([{ active: 0 }])
    await expect.poll(() => gone).toBe(true)
  })
})

const lastReply = 'HTTP/1.1 200 OK\r\nconnection: close\r\n'
const cut: [string, FaultStep][] = [
  ['F06 reset mid-body', { truncate: 3, ending: 'reset' }],
  ['F07 FIN mid-body', { truncate: 3 }],
  ['F07 cut chunked body', { truncate: 3, chunked: true }],
  ['F07 FIN mid-body of a connection that was to end', { raw: `${lastReply}content-length: 10\r\n\r\nabc` }],
  ['F06 reset of a body without a length', { raw: `${lastReply}\r\nabc`, ending: 'reset' }],
]
describe.each(cut)('%s', (_name, step) => {
  it('is ERR_MESH_TRUNCATED, for mesh.fetch too, and never tried again', async () => {
    const server = await serving(step)
    const mesh = meshTo([server], { retry: { attempts: 2, on: ['5xx', 'reset'] } })
    expect(await outcome(mesh)).toBe('ERR_MESH_TRUNCATED')
    const response = await mesh.fetch('http://api/')
    expect(response.status).toBe(200)
    const error: unknown = await response.text().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(TypeError)
    expect(error).toMatchObject({ cause: { code: 'ERR_MESH_TRUNCATED' } })
    expect(server.requests).toHaveLength(2)
  })

  it('five of them eject the endpoint, though its status was 200', async () => {
    const [bad, good] = [await serving(step), await serving({ reply: 200, body: 'ok' })]
    const mesh = meshTo([bad, good], { loadBalancer: 'round-robin', outlierDetection: {} })
    const ejections: unknown[] = []
    mesh.on('ejection', ({ endpoint, reason }) => ejections.push([endpoint, reason]))
    for (let i = 0; i < 10; i++) await outcome(mesh)
    expect(ejections).toEqual([[`127.0.0.1:${bad.port}`, 'consecutive-5xx']])
    expect(await outcomes(mesh, 20)).toEqual({ 200: 20 })
    expect(bad.requests).toHaveLength(5)
  })

  it('they open the breaker', async () => {
    const server = await serving(step)
    const mesh = meshTo([server], { circuitBreaker: { volumeThreshold: 5, resetTimeout: '1h' } })
    const seen: (number | string)[] = []
    for (let i = 0; i < 7; i++) seen.push(await outcome(mesh))
    expect(seen).toEqual([...new Array(5).fill('ERR_MESH_TRUNCATED'), ...new Array(2).fill('ERR_MESH_CIRCUIT_OPEN')])
    expect(server.requests).toHaveLength(5)
  })
})

describe.each(['close', 'reset'] as const)('F08 the connection ends before a byte of a reply (%s)', (drop) => {
  const retry = {
    attempts: 2,
    on: ['5xx', 'reset', 'connect-failure', 'reset-before-request'] as const,
    budget: false as const,
  }

  it('without a retry it is ERR_MESH_RESET_BEFORE_RESPONSE', async () => {
    await expect(meshTo([await serving({ drop })]).request({ service: 'api' })).rejects.toMatchObject({
      code: 'ERR_MESH_RESET_BEFORE_RESPONSE',
      status: 503,
      flag: 'UC',
      attempts: 1,
    })
  })

  it('a GET is tried again, on a new connection', async () => {
    const server = await serving((_request, n) => (n % 2 === 1 ? { drop } : { reply: 200 }))
    const mesh = meshTo([server], { retry: { ...retry, attempts: 1 } })
    for (let i = 0; i < 50; i++) expect(await outcome(mesh)).toBe(200)
    expect(server.requests).toHaveLength(100)
    expect(server.connections).toBeGreaterThanOrEqual(51)
  })

  it('a POST is not, since it may have taken effect: as many effects as requests', async () => {
    const server = await serving((_request, n) => (n % 2 === 0 ? { drop } : { reply: 200 }))
    const mesh = meshTo([server], { retry })
    const suppressed = new Set<string>()
    mesh.on('retry-suppressed', ({ reason }) => suppressed.add(reason))
    expect(await outcomes(mesh, 200, { method: 'POST', body: 'x' })).toEqual({
      200: 100,
      ERR_MESH_RESET_BEFORE_RESPONSE: 100,
    })
    expect(server.requests).toHaveLength(200)
    expect(suppressed).toEqual(new Set(['method']))
  })

  it('a POST under an idempotency key is, with the same key and body', async () => {
    const server = await serving([{ drop }, { reply: 200 }])
    const init = { method: 'POST', body: 'x', headers: { 'idempotency-key': 'k1' } }
    expect(await outcome(meshTo([server], { retry }), init)).toBe(200)
    const sent = server.requests.map(({ headers, body }) => [headers.get('idempotency-key'), body.toString()])
    expect(sent).toEqual([
      ['k1', 'x'],
      ['k1', 'x'],
    ])
  })
})

const garbage: [string, FaultStep][] = [
  ['another protocol', { raw: 'SSH-2.0-nope\r\n\r\n' }],
  ['another protocol on a connection that stays open', { raw: 'SSH-2.0-nope\r\n\r\n', ending: 'keep' }],
  ['TLS bytes on a plain port', { raw: Buffer.from([21, 3, 3, 0, 2, 2, 40]) }],
]
describe.each(garbage)('F10 %s', (_name, step) => {
  it('is ERR_MESH_PROTOCOL, and the next request has a fresh connection', async () => {
    const server = await serving([step, { reply: 200 }])
    const mesh = meshTo([server])
    expect([await outcome(mesh), await outcome(mesh)]).toEqual(['ERR_MESH_PROTOCOL', 200])
    expect(server.requests.map(({ connection }) => connection)).toEqual([1, 2])
  })

  it('is not tried again where there is no other endpoint', async () => {
    const server = await serving(step)
    const mesh = meshTo([server], { retry: { attempts: 2, on: ['5xx'], budget: false } })
    const suppressed: string[] = []
    mesh.on('retry-suppressed', ({ reason }) => suppressed.push(reason))
    expect(await outcome(mesh)).toBe('ERR_MESH_PROTOCOL')
    expect([server.requests.length, suppressed]).toEqual([1, ['endpoint']])
  })

  it('is tried again on another endpoint only', async () => {
    const [bad, good] = [await serving(step), await serving()]
    const policies = { loadBalancer: 'round-robin', retry: { attempts: 2, on: ['5xx'], budget: false } } as const
    expect(await outcomes(meshTo([bad, good], policies), 20)).toEqual({ 200: 20 })
    expect(good.requests).toHaveLength(20)
    expect(bad.requests.length).toBeGreaterThan(5)
    expect(bad.requests.length).toBeLessThanOrEqual(20)
  })
})

const smuggled: [string, string][] = [
  ['two differing Content-Lengths', 'content-length: 2\r\ncontent-length: 3\r\n\r\nabc'],
  ['a Content-Length list', 'content-length: 2, 3\r\n\r\nabc'],
  [
    'Transfer-Encoding beside Content-Length',
    'transfer-encoding: chunked\r\ncontent-length: 3\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
  ],
]
describe('F15 a reply of doubtful length', () => {
  it.each(smuggled)('%s is ERR_MESH_PROTOCOL, never a success', async (_name, head) => {
    const server = await serving({ raw: `HTTP/1.1 200 OK\r\n${head}`, ending: 'keep' })
    const mesh = meshTo([server])
    expect(await outcome(mesh)).toBe('ERR_MESH_PROTOCOL')
    await expect.poll(() => server.open).toBe(0)
    const error: unknown = await mesh.fetch('http://api/').catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ message: 'fetch failed', cause: { code: 'ERR_MESH_PROTOCOL' } })
  })
})
