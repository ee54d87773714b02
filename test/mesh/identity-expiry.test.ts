import type { ServerResponse } from 'node:http'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createMesh, type Logger, type ServiceConfig } from '../../src/index.js'
import { fakeClock } from '../../src/testing/index.js'
import { Authority } from '../identity/authority.js'
import { Rotating } from '../identity/sockets.js'

const authority = Authority.root('A')
const hourMs = 3_600_000
const lifeMs = 24 * hourMs

/** A mesh whose certificate lives for a day from now on by its clock, and a server of another that it calls. */
async function setup(policies: ServiceConfig = {}) {
  const startMs = Math.floor(Date.now() / 1_000) * 1_000
  const held: ServerResponse[] = []
  const backend = createMesh({
    service: 'api',
    identity: new Rotating(
      authority.credentials('spiffe://td.a/ns/shop/sa/api', { notAfterMs: startMs + 10 * lifeMs }),
    ),
  })
  onTestFinished(() => backend.close({ timeout: 0 }))
  const server = backend.server((request, response) => {
    if (request.url === '/held') held.push(response)
    else response.end('ok')
  })
  const { port } = await server.listen({ host: '127.0.0.1' })

  // The server goes by this machine's clock.
  const until = (notAfterMs: number) =>
    authority.credentials('spiffe://td.a/ns/shop/sa/web', { notBeforeMs: startMs, notAfterMs })
  const source = new Rotating(until(startMs + lifeMs))
  const errors: string[] = []
  const silent = (): void => {}
  const logger: Logger = {
    debug: silent,
    info: silent,
    warn: silent,
    error: (_fields, message) => void errors.push(message),
  }
  const clock = fakeClock({ wallMs: startMs })
  const mesh = createMesh({
    service: 'web',
    identity: source,
    logger,
    clock,
    config: {
      services: {
        api: {
          endpoints: [{ url: `https://127.0.0.1:${port}` }],
          tls: 'mutual',
          retry: { attempts: 2 },
          circuitBreaker: { volumeThreshold: 1 },
          outlierDetection: { consecutive5xxErrors: 1, maxEjectionPercent: 100 },
          ...policies,
        },
      },
    },
  })
  onTestFinished(() => mesh.close({ timeout: 0 }))
  const told: string[] = []
  for (const event of ['connection', 'breaker', 'ejection', 'retry', 'health-check'] as const)
    mesh.on(event, () => told.push(event))
  const status = async (): Promise<number> => {
    const reply = await mesh.request({ service: 'api', path: '/' })
    await reply.body.bytes()
    return reply.status
  }
  return { mesh, clock, held, errors, told, status, renew: () => source.rotate(until(clock.wallNow() + lifeMs)) }
}

const expired = { code: 'ERR_MESH_TLS', detail: 'own_expired', origin: 'local', retryable: false }

describe('F35 a certificate that nothing rotates', () => {
  it('is an error in the log at a half, a third and a tenth of its life, and at its end', async () => {
    const { clock, errors } = await setup()
    await clock.advance(lifeMs / 2)
    expect(errors).toHaveLength(1)
    await clock.advance(lifeMs / 2 - 1)
    expect(errors).toHaveLength(3)
    expect(errors.at(-1)).toMatch(
      /^the certificate of spiffe:\/\/td.a\/ns\/shop\/sa\/web ends at .* and has not been rotated$/,
    )
    await clock.advance(1)
    expect(errors).toHaveLength(4)
    expect(errors.at(-1)).toContain('nothing is called or served with it')
  })

  it('takes the process out of service at its end, and its rotation brings it back', async () => {
    const { mesh, clock, renew, status } = await setup()
    await expect.poll(() => mesh.health()).toEqual({ ready: true, reasons: [] })
    await clock.advance(lifeMs - 1)
    expect(mesh.health()).toEqual({ ready: true, reasons: [] })
    await clock.advance(1)
    expect(mesh.health()).toEqual({ ready: false, reasons: ['identity'] })
    renew()
    expect(mesh.health()).toEqual({ ready: true, reasons: [] })
    expect(await status()).toBe(200)
  })

  it('opens no connection, and no endpoint is blamed for that', async () => {
    const { mesh, clock, told, status } = await setup()
    expect(await status()).toBe(200)
    await clock.advance(lifeMs)
    for (let i = 0; i < 5; i++) await expect(status()).rejects.toMatchObject(expired)
    expect(told).toEqual(['connection'])
    expect(mesh.breakers()).toMatchObject([{ state: 'closed' }])
  })

  it('ends the connections that were made with it, which says nothing of their endpoints', async () => {
    const { mesh, clock, held, told } = await setup()
    const call = mesh.request({ service: 'api', path: '/held', method: 'POST' })
    const failed = expect(call).rejects.toMatchObject({
      code: 'ERR_MESH_RESET_BEFORE_RESPONSE',
      detail: 'own_expired',
      origin: 'local',
      message: expect.stringContaining('our own certificate has expired'),
    })
    await expect.poll(() => held.length).toBe(1)
    await clock.advance(lifeMs)
    await failed
    expect(told).toEqual(['connection'])
    expect(mesh.breakers()).toMatchObject([{ state: 'closed' }])
  })

  it('fails no health check: after a rotation, calls need not wait for one', async () => {
    const { mesh, clock, told, renew, status } = await setup({ healthCheck: { path: '/', interval: '1h' } })
    expect(await status()).toBe(200)
    await clock.advance(lifeMs)
    for (let i = 0; i < 8; i++) {
      await clock.advance(1.1 * hourMs)
      await expect(status()).rejects.toMatchObject(expired)
    }
    expect(mesh.health()).toEqual({ ready: false, reasons: ['identity'] })
    expect(told.filter((event) => event !== 'connection')).toEqual(['health-check'])
    renew()
    expect(await status()).toBe(200)
  })
})
