import http from 'node:http'
import { describe, expect, it } from 'vitest'
import { createMesh } from '../../src/index.js'
import { outcome, outcomes } from '../faults/outcomes.js'
import { closing, endpointsOf, expectNothingLeaks, meshTo, serving } from '../faults/scaffold.js'

expectNothingLeaks()

function get(port: number): Promise<{ status: number | undefined; retryAfter: string | undefined }> {
  return new Promise((resolve, reject) => {
    const request = http.get({ port, host: '127.0.0.1', agent: false }, (response) => {
      response.resume().on('end', () => {
        resolve({ status: response.statusCode, retryAfter: response.headers['retry-after'] })
      })
    })
    request.on('error', reject)
  })
}

describe('a server with inbound.concurrency', () => {
  it('answers 503 with retry-after beyond its limit, and the rest as ever', async () => {
    const held: (() => void)[] = []
    const config = { inbound: { concurrency: { limit: 1, queue: { size: 0 }, retryAfter: 3_000 } } }
    const mesh = closing(createMesh({ service: 'api', config }))
    const server = mesh.server((_request, response) => void held.push(() => response.end('ok')))
    const { port } = await server.listen({ port: 0, host: '127.0.0.1' })
    const first = get(port)
    await expect.poll(() => held.length).toBe(1)
    expect(await get(port)).toEqual({ status: 503, retryAfter: '3' })
    held[0]?.()
    expect(await first).toMatchObject({ status: 200 })
    expect(await mesh.metrics.metrics()).toMatch(/mesh_server_shed_total\{[^}]*reason="queue-full"[^}]*\} 1/)
    expect(mesh.describe()).toMatchObject({ server: expect.arrayContaining(['overload']) })
  })
})

describe('calls under limits', () => {
  it('that find themselves: no more at once than the callee bears', async () => {
    let most = 0
    const server = await serving(() => {
      most = Math.max(most, ...endpointsOf(mesh).map(({ active }) => active))
      return { reply: 200 }
    })
    const mesh = meshTo([server], { limits: { adaptive: { min: 2, max: 4 }, maxPendingRequests: 1_000 } })
    expect(await outcomes(mesh, 200)).toEqual({ 200: 200 })
    expect(most).toBeGreaterThan(1)
    expect(most).toBeLessThanOrEqual(4)
  })

  it('are let through where these only observe', async () => {
    const server = await serving({ reply: 200 })
    const mesh = meshTo([server], { limits: { maxConnections: 1, maxPendingRequests: 0, mode: 'observe' } })
    expect(await outcomes(mesh, 20)).toEqual({ 200: 20 })
    expect(await mesh.metrics.metrics()).toMatch(/mesh_observed_total\{[^}]*policy="limits"/)
  })

  it('are refused in proportion while most of them fail', async () => {
    const server = await serving({ reply: 500 })
    const mesh = meshTo([server], { admission: { maxRejectionPercent: 100 } }, { random: () => 0.5 })
    await outcomes(mesh, 50)
    expect(await outcome(mesh)).toBe('ERR_MESH_OVERFLOW')
    expect(server.requests.length).toBeLessThan(20)
    expect(await mesh.metrics.metrics()).toMatch(/mesh_shed_total\{[^}]*reason="admission"/)
  })
})
