import { describe, expect, it, onTestFinished, vi } from 'vitest'
import {
  createMesh,
  type Interceptor,
  type Logger,
  type MeshEvents,
  type Resolver,
  type ServerCall,
} from '../../src/index.js'
import { fakeClock } from '../../src/testing/index.js'
import { outcomes } from '../faults/outcomes.js'
import { closing, expectNothingLeaks, meshTo, serving } from '../faults/scaffold.js'
import { scraped } from '../telemetry/exposition.js'

expectNothingLeaks()

interface Line {
  readonly level: string
  readonly message: string
  readonly fields: Record<string, unknown>
}

/** A logger that keeps what is no access log. */
function keeping(): { logger: Logger; lines: Line[] } {
  const lines: Line[] = []
  const at =
    (level: string) =>
    (fields: object, message: string): void => {
      if (message !== 'inbound' && message !== 'outbound') lines.push({ level, message, fields: { ...fields } })
    }
  return { lines, logger: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') } }
}

const atOnce: Resolver = {
  watch(onEndpoints) {
    onEndpoints([{ url: 'http://127.0.0.1:1' }])
    return () => {}
  },
}

describe('the log of a mesh', () => {
  it('tells of a breaker that opens and of an endpoint that is ejected', async () => {
    const bad = await serving({ reply: 500 })
    const { logger, lines } = keeping()
    const clock = fakeClock()
    const mesh = meshTo(
      [bad],
      {
        circuitBreaker: { volumeThreshold: 6, resetTimeout: '1s' },
        outlierDetection: { consecutive5xxErrors: 3, baseEjectionTime: '30s', maxEjectionPercent: 100 },
      },
      { logger, clock },
    )
    await outcomes(mesh, 10)
    await clock.advance(30_000)
    expect(lines.map(({ level, message }) => `${level} ${message}`)).toEqual([
      'warn an endpoint was ejected',
      'warn a circuit breaker has opened',
      'info a circuit breaker lets calls probe',
      'info an endpoint is back from its ejection',
    ])
    expect(lines[0]?.fields).toMatchObject({ event: 'ejection', service: 'api', endpoint: new URL(bad.url).host })
  })

  it('tells what an interceptor threw, whose client gets a 500 without it', async () => {
    const { logger, lines } = keeping()
    const thrown = new TypeError("cannot read properties of undefined (reading 'canary')")
    const intercept: Interceptor<ServerCall> = () => Promise.reject(thrown)
    const mesh = closing(
      createMesh({ service: 'x', logger, interceptors: [{ stage: 'authorization', place: 'before', intercept }] }),
    )
    const faults: MeshEvents['fault'][] = []
    mesh.on('fault', (event) => faults.push(event))
    const { port } = await mesh.server((_request, response) => response.end('ok')).listen({ host: '127.0.0.1' })
    const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } })
    const body = await response.text()
    expect(response.status).toBe(500)
    expect(body).not.toContain('canary')
    const { requestId } = JSON.parse(body)
    expect(lines).toEqual([
      {
        level: 'error',
        message: 'a request failed by an unexpected error',
        fields: { event: 'fault', where: 'server', err: thrown, requestId },
      },
    ])
    expect(faults).toEqual([{ where: 'server', error: thrown, requestId }])
    expect(await scraped(mesh.metrics, 'mesh_faults_total', { where: 'server' })).toBe(1)
  })

  it('tells of a discovery that fails, which is counted, and of its recovery', async () => {
    const server = await serving({ reply: 200 })
    const { logger, lines } = keeping()
    let report: (urls: readonly { url: string }[]) => void = () => {}
    let fail: (error: Error) => void = () => {}
    const mesh = closing(
      createMesh({
        service: 'x',
        logger,
        config: {
          services: {
            api: {
              discovery: {
                watch(onEndpoints, onFailure) {
                  report = onEndpoints
                  fail = onFailure
                  return () => {}
                },
              },
            },
          },
        },
      }),
    )
    report([{ url: server.url }])
    for (let i = 0; i < 3; i++) fail(new Error('SERVFAIL'))
    report([{ url: server.url }])
    expect(lines.map(({ level, message }) => `${level} ${message}`)).toEqual([
      'info discovery found endpoints',
      'warn discovery failed',
      'info discovery works again',
    ])
    expect(lines[1]?.fields).toMatchObject({ service: 'api', endpoints: 1, err: { message: 'SERVFAIL' } })
    const updates = (result: string) =>
      scraped(mesh.metrics, 'mesh_discovery_updates_total', { service: 'api', result })
    expect([await updates('found'), await updates('failed')]).toEqual([2, 3])
  })

  it('tells of configs: of all warnings, of one that serves, and of one that was refused', async () => {
    const { logger, lines } = keeping()
    const mesh = closing(createMesh({ service: 'x', logger, config: {} }))
    const services = Object.fromEntries(
      Array.from({ length: 30 }, (_, i) => [
        `s${i}`,
        { endpoints: [], timeout: '1s', retry: { perTryTimeout: '2s' } } as const,
      ]),
    )
    await mesh.update({ services })
    await expect(mesh.update({ inbound: { mtls: 'strict' } })).rejects.toThrow()
    expect(lines.map(({ level }) => level)).toEqual([...Array(30).fill('warn'), 'info', 'error'])
    for (const { fields } of lines) expect(fields).toMatchObject({ event: 'config', generation: 2 })
    expect(lines[30]).toMatchObject({ message: 'a new config serves', fields: { removed: [], changed: [] } })
    expect(lines[31]).toMatchObject({ message: 'the config was refused', fields: { err: { code: 'ERR_MESH_CONFIG' } } })
  })

  it('serves a config of which the logger cannot be told', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockReturnValue(undefined)
    onTestFinished(() => warned.mockRestore())
    const broken = (): void => {
      throw new Error('disk full')
    }
    const logger = { ...keeping().logger, warn: broken, info: broken, error: broken }
    const mesh = closing(createMesh({ service: 'x', logger, config: {} }))
    const results: string[] = []
    mesh.on('config', ({ result }) => void results.push(result))
    await mesh.update({ services: { api: { endpoints: [] } } })
    await expect(mesh.update({ inbound: { mtls: 'strict' } })).rejects.toThrow('mtls')
    expect(results).toEqual(['applied', 'rejected'])
    expect(warned).toHaveBeenCalledWith(new Error('disk full'), 'SidecarlessListenerWarning')
  })

  it('counts a discovery that answers at once', async () => {
    const config = { services: { api: { discovery: atOnce } } }
    const mesh = closing(createMesh({ service: 'x', config }))
    expect(await scraped(mesh.metrics, 'mesh_discovery_updates_total', { service: 'api', result: 'found' })).toBe(1)
  })

  it('keeps no count of a service whose config was refused', async () => {
    const mesh = closing(createMesh({ service: 'x', interceptors: [{ stage: 'transport', place: 'remove' }] }))
    const found: string[] = []
    mesh.on('discovery', ({ result }) => found.push(result))
    await expect(mesh.update({ services: { api: { discovery: atOnce } } })).rejects.toThrow()
    expect(found).toEqual(['found'])
    expect(await scraped(mesh.metrics, 'mesh_discovery_updates_total', { service: 'api' })).toBeUndefined()
  })

  it('is silent without a logger', async () => {
    const bad = await serving({ reply: 500 })
    const mesh = meshTo([bad], { circuitBreaker: { volumeThreshold: 5 } })
    await outcomes(mesh, 10)
    expect(mesh.breakers()).toMatchObject([{ state: 'open' }])
  })
})
