import { describe, expect, it } from 'vitest'
import { gateway, httpRoute } from '../../manifests/gateway-api/route-text.js'
import { caller, client, edge, freePorts, inside, listen, load, meshOf, upstreams } from './harness.js'

/** HTTPRouteWeight, -TimeoutRequest, -TimeoutBackendRequest, -Retry, -RetryWithTimeouts, -RetryConnectionError. */

const web = gateway('gw', '{ name: web, port: 80, protocol: HTTP }')
const parents = {
  'at the gateway': '  parentRefs: [{ name: gw }]\n',
  'inside the mesh': '  parentRefs: [{ group: "", kind: Service, name: echo }]\n',
} as const

const never = new Promise<number>(() => undefined)
const after = (ms: number): Promise<number> => new Promise((resolve) => setTimeout(resolve, ms, 200))

describe.each(Object.entries(parents))('%s', (place, parent) => {
  const open: typeof edge = (rules, options) => {
    const text = httpRoute('r', `${parent}  rules:\n${rules}`)
    return place === 'at the gateway' ? edge([web, text], options) : inside(text, options)
  }

  it('backends get their shares', async () => {
    let draw = 0
    const { send } = await open(
      '    - backendRefs: [{ name: v1, port: 8080, weight: 70 }, { name: v2, port: 8080, weight: 30 }, { name: v3, port: 8080, weight: 0 }]\n',
      { random: () => draw },
    )
    const got: Record<string, number> = {}
    for (let i = 0; i < 100; i += 1) {
      draw = i / 100
      const backend = (await send('/')).seen?.backend ?? ''
      got[backend] = (got[backend] ?? 0) + 1
    }
    expect(got).toEqual({ v1: 70, v2: 30 })
  })

  const slow = (path: string, fields: string): string =>
    `    - { matches: [{ path: { type: PathPrefix, value: ${path} } }], ${fields}, backendRefs: [{ name: v1, port: 8080 }] }\n`

  it('time limits answer 504, and 0s is none', async () => {
    const { send, seen } = await open(
      slow('/request', 'timeouts: { request: 100ms }') +
        slow('/backend', 'timeouts: { backendRequest: 100ms }') +
        slow('/both', 'timeouts: { request: 5s, backendRequest: 100ms }') +
        slow('/disabled', 'timeouts: { request: 0s, backendRequest: 0s }') +
        slow('/retried', 'timeouts: { request: 5s, backendRequest: 100ms }, retry: { attempts: 2, backoff: 1ms }') +
        slow(
          '/bounded',
          'timeouts: { request: 250ms, backendRequest: 100ms }, retry: { codes: [500], attempts: 50, backoff: 1ms }',
        ),
      { behave: ({ url }) => (url.includes('slow') ? never : url.startsWith('/disabled') ? after(150) : undefined) },
    )
    for (const path of ['/request', '/backend', '/both', '/disabled'])
      expect([path, (await send(path)).status]).toEqual([path, 200])
    for (const path of ['/request/slow', '/backend/slow', '/both/slow'])
      expect([path, (await send(path)).status]).toEqual([path, 504])
    expect(seen.filter(({ url }) => url.includes('slow'))).toHaveLength(3)
    expect((await send('/retried/slow')).status).toBe(504)
    expect(seen.filter(({ url }) => url === '/retried/slow')).toHaveLength(3)
    expect((await send('/bounded/slow')).status).toBe(504)
    expect(seen.filter(({ url }) => url === '/bounded/slow').length).toBeLessThan(6)
  })

  it('no retry comes before its pause is over', async () => {
    const at: number[] = []
    const { send } = await open(slow('/', 'retry: { codes: [500], attempts: 2, backoff: 60ms }'), {
      random: () => 0,
      behave: (_, count) => {
        at.push(performance.now())
        return count < 3 ? 500 : 200
      },
    })
    expect((await send('/')).status).toBe(200)
    const [first = 0, second = 0, third = 0] = at
    // A timer may fire up to a millisecond early by this clock.
    expect(Math.min(second - first, third - second)).toBeGreaterThanOrEqual(59)
  })

  it('a connection that is refused is retried elsewhere', async () => {
    const { endpoints } = await upstreams()
    const [port] = await freePorts(1)
    const shared = [{ url: `http://127.0.0.1:${port}` }, ...(endpoints['v1.infra'] ?? [])]
    const rules = slow('/', 'retry: { attempts: 100 }')
    const config = await load([web, httpRoute('r', `${parent}  rules:\n${rules}`)], {
      endpoints: { ...endpoints, 'v1.infra': shared },
    })
    const mesh = meshOf(config)
    const send = place === 'at the gateway' ? client(await listen(mesh.gateway())) : caller(mesh)
    for (let i = 0; i < 10; i += 1) expect((await send('/')).seen?.backend).toBe('v1')
  })

  describe('retries', () => {
    const rules =
      slow('/code-500-attempts-3', 'retry: { codes: [500], attempts: 3, backoff: 1ms }') +
      slow('/code-all-attempts-2', 'retry: { codes: [500, 502, 503, 504], attempts: 2, backoff: 1ms }') +
      slow('/attempts-0', 'retry: { codes: [500], attempts: 0 }') +
      slow('/no-codes', 'retry: { attempts: 2 }') +
      slow('/code-429', 'retry: { codes: [429], attempts: 1, backoff: 1ms }')

    it.each<readonly [path: string, status: number, succeedAfter: number, expected: number, requests: number]>([
      ['/code-500-attempts-3', 500, 2, 200, 3],
      ['/code-500-attempts-3', 500, 3, 200, 4],
      ['/code-500-attempts-3', 500, 4, 500, 4],
      ['/code-500-attempts-3', 503, 2, 503, 1],
      ...[500, 502, 503, 504].flatMap(
        (status) =>
          [
            ['/code-all-attempts-2', status, 1, 200, 2],
            ['/code-all-attempts-2', status, 3, status, 3],
          ] as const,
      ),
      ['/attempts-0', 500, 1, 500, 1],
      ['/no-codes', 500, 1, 500, 1],
      ['/no-codes', 503, 1, 503, 1],
      ['/code-429', 429, 1, 200, 2],
    ])('of %s after %i, %i times: %i', async (path, status, succeedAfter, expected, requests) => {
      for (const method of ['GET', 'POST']) {
        const { send, seen } = await open(rules, { behave: (_, count) => (count <= succeedAfter ? status : 200) })
        expect((await send(`${method} ${path}`)).status).toBe(expected)
        expect(seen).toHaveLength(requests)
      }
    })
  })
})
