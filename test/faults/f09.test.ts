import { describe, expect, it } from 'vitest'
import type { FaultyServer } from '../../src/testing/index.js'
import { outcome, outcomes } from './outcomes.js'
import { type ApiMesh, endpointsOf, expectNothingLeaks, meshTo, serving } from './scaffold.js'

expectNothingLeaks()

/** Ejects at the first failure. */
const outlierDetection = { consecutive5xxErrors: 1, maxEjectionPercent: 100 }

/** Answers the first request of every connection, and ends the connection at the second. */
function closingAtSecond(how: 'close' | 'reset' = 'reset'): Promise<FaultyServer> {
  return serving(({ nth }) => (nth > 1 ? { drop: how } : { reply: 200 }))
}

/** Calls until one fails; which connection a call gets is the pool's affair. */
async function untilReset(mesh: ApiMesh): Promise<never> {
  for (;;) await (await mesh.request({ service: 'api' })).body.bytes()
}

async function suppressed(mesh: ApiMesh): Promise<string[]> {
  const text = await mesh.metrics.metrics()
  return text.split('\n').filter((line) => line.startsWith('mesh_retry_suppressed_total{'))
}

describe('F09 a kept connection ends as it is used again', () => {
  it.each(['close', 'reset'] as const)('0 of 300 GETs fail, one at a time (%s)', async (how) => {
    const server = await closingAtSecond(how)
    const mesh = meshTo([server], { retry: { attempts: 1 } })
    for (let i = 0; i < 300; i++) expect(await outcome(mesh)).toBe(200)
    expect(server.requests.length).toBeGreaterThan(400)
    expect(await suppressed(mesh)).toEqual([])
  })

  it('nor do 2,000 of which many are under way at once: each retry has a connection of its own', async () => {
    const server = await closingAtSecond()
    const mesh = meshTo([server], { retry: { attempts: 1 } })
    expect(await outcomes(mesh, 2_000)).toEqual({ 200: 2_000 })
  })

  it('is retried whatever the budget says, but counts in it: the callee may have seen it after all', async () => {
    let failing = false
    const server = await serving(({ nth }) => (failing ? { reply: 503 } : nth > 1 ? { drop: 'reset' } : { reply: 200 }))
    const budget = { ratio: 0, minPerSecond: 0.1 }
    const mesh = meshTo([server], { retry: { attempts: 1, on: ['5xx'], budget } })
    for (let i = 0; i < 20; i++) expect(await outcome(mesh)).toBe(200)
    failing = true
    expect(await outcome(mesh)).toBe(503)
    expect(await suppressed(mesh)).toEqual([expect.stringContaining('reason="budget"')])
  })

  it('ejects no endpoint and opens no breaker', async () => {
    const server = await closingAtSecond()
    const mesh = meshTo([server], { outlierDetection, circuitBreaker: { volumeThreshold: 1 } })
    expect(await outcomes(mesh, 20)).toEqual({
      200: expect.any(Number),
      ERR_MESH_RESET_BEFORE_RESPONSE: expect.any(Number),
    })
    expect(endpointsOf(mesh)).toMatchObject([{ ejected: false }])
    expect(mesh.breakers()).toMatchObject([{ state: 'closed' }])
  })

  it('a POST is not sent again: as many effects as requests', async () => {
    const server = await closingAtSecond()
    const mesh = meshTo([server], { retry: { attempts: 1 } })
    const seen = await outcomes(mesh, 100, { method: 'POST', body: 'x' })
    expect(Object.keys(seen).sort()).toEqual(['200', 'ERR_MESH_RESET_BEFORE_RESPONSE'])
    expect(server.requests).toHaveLength(100)
    expect(await suppressed(mesh)).toEqual([expect.stringContaining('reason="method"')])
  })

  it('is told from a reset on a new connection, which does eject', async () => {
    const mesh = meshTo([await serving({ drop: 'reset' })], { outlierDetection })
    await expect(mesh.request({ service: 'api' })).rejects.toMatchObject({ origin: 'upstream' })
    expect(endpointsOf(mesh)).toMatchObject([{ ejected: true }])
  })

  it('is told from a reset after an informational reply: the request was seen', async () => {
    const server = await serving(({ nth }) =>
      nth > 1
        ? {
            play(socket) {
              socket.write('HTTP/1.1 103 Early Hints\r\n\r\n', () => socket.resetAndDestroy())
            },
          }
        : { reply: 200 },
    )
    await expect(untilReset(meshTo([server]))).rejects.toMatchObject({ origin: 'upstream' })
  })

  it('counts against the endpoint where Envoy rules', async () => {
    const server = await closingAtSecond()
    const mesh = meshTo([server], { envoyHeaders: true, outlierDetection })
    await expect(untilReset(mesh)).rejects.toMatchObject({ origin: 'upstream' })
    expect(endpointsOf(mesh)).toMatchObject([{ ejected: true }])
  })
})
