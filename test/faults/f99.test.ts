import { describe, expect, it } from 'vitest'
import { createMesh, type MeshConfig } from '../../src/index.js'
import { outcome } from './outcomes.js'
import { type ApiMesh, closing, expectNothingLeaks, serving } from './scaffold.js'

expectNothingLeaks()

type Row = [name: string, api: object, path: string]

/** Rows of the matrix of bad configs that concern these policies. What TypeScript would refuse comes from JSON. */
const rows: Row[] = [
  ['C05 names that are dangerous', JSON.parse('{"subsets":{"__proto__":{"version":"1"}}}'), 'subsets.__proto__'],
  ['C11 a word for a duration', { timeout: 'no' }, 'timeout'],
  ['C11 a number as text', { retry: { attempts: '0777' } }, 'retry.attempts'],
  ['C11 a time of day for a duration', { timeout: '12:30:45' }, 'timeout'],
  ['C11 nothing for a policy', { retry: null }, 'retry'],
  ['C11 a word for a truth value', { hopHeaders: 'false' }, 'hopHeaders'],
  ['C12 not a number', { timeout: Number.NaN }, 'timeout'],
  ['C12 infinity', { timeout: Number.POSITIVE_INFINITY }, 'timeout'],
  ['C12 no whole number', { limits: { maxRequests: 1.5 } }, 'limits.maxRequests'],
  ['C12 a number too large to count with', { limits: { maxRequests: 1e20 } }, 'limits.maxRequests'],
  ['C12 less than none', { limits: { maxPendingRequests: -1 } }, 'limits.maxPendingRequests'],
  ['C13 a misspelt option', { timeoutMS: 5 }, 'timeoutMS'],
  ['C13 a misspelt option of a policy', { circuitBreaker: { volume: 5 } }, 'circuitBreaker.volume'],
  ['C14 weights that sum to 0', { routes: [{ to: { v1: 0, v2: 0 } }] }, 'routes[0].to'],
  ['C14 a negative weight', { routes: [{ to: { v1: -1, v2: 2 } }] }, 'routes[0].to.v1'],
  ['C14 a weight that is not a number', { routes: [{ to: { v1: Number.NaN, v2: 2 } }] }, 'routes[0].to.v1'],
  ['C14 a weight past 2^31', { routes: [{ to: { v1: 2 ** 32, v2: 2 } }] }, 'routes[0].to.v1'],
  ['C15 a timeout that timers cannot hold', { timeout: 2 ** 31 }, 'timeout'],
  ['C15 a reset timeout that timers cannot hold', { circuitBreaker: { resetTimeout: 2 ** 31 } }, 'resetTimeout'],
  ['C15 an interval that timers cannot hold', { outlierDetection: { interval: '597h' } }, 'interval'],
  ['C15 a back-off that ends below its start', { retry: { backoff: { base: '5s', max: '1s' } } }, 'backoff.max'],
  ['C16 a million retries', { retry: { attempts: 1e6 } }, 'retry.attempts'],
  ['C17 a back-reference', { routes: [{ match: [{ path: { regex: '(a)\\1' } }], to: 'v1' }] }, 'path.regex'],
  [
    'C17 a pattern that explodes',
    { routes: [{ match: [{ path: { regex: '(a{999}){999}' } }], to: 'v1' }] },
    'path.regex',
  ],
  ['C20 a subset that is not there', { routes: [{ to: 'v9' }] }, 'routes[0].to'],
  ['C25 certificates not verified', { tls: { mode: 'simple', rejectUnauthorized: false } }, 'tls.rejectUnauthorized'],
  ['C26 a URL with credentials', { endpoints: [{ url: 'http://u:p@127.0.0.1:1' }] }, 'endpoints[0].url'],
  ['C26 a URL that is no http', { endpoints: [{ url: 'file:///etc/passwd' }] }, 'endpoints[0].url'],
]

describe('F99 an update that may not serve', () => {
  it.each(rows)('%s: is refused with its path, and the config before goes on', async (_name, api, path) => {
    const server = await serving()
    const sound = { endpoints: [{ url: server.url, labels: { version: '1' } }] }
    const subsets = { v1: { version: '1' }, v2: { version: '2' } }
    const mesh: ApiMesh = closing(createMesh<{ api: never }>({ service: 'test', config: { services: { api: sound } } }))
    const results: string[] = []
    mesh.on('config', ({ result }) => results.push(result))
    const services: MeshConfig['services'] = { api: { ...sound, subsets, ...api } }
    await expect(mesh.update({ services } as never)).rejects.toMatchObject({
      code: 'ERR_MESH_CONFIG',
      problems: expect.arrayContaining([expect.objectContaining({ path: expect.stringContaining(path) })]),
    })
    expect(results).toEqual(['rejected'])
    expect(await outcome(mesh)).toBe(200)
    expect(await mesh.metrics.metrics()).toMatch(/mesh_config_reload_total\{[^}]*result="rejected"[^}]*\} 1/)
  })

  it('C15 a per-try timeout past the timeout serves, with a warning', async () => {
    const mesh = closing(createMesh({ service: 'test' }))
    const warnings: string[] = []
    mesh.on('config', (event) => void warnings.push(...event.warnings))
    await mesh.update({ services: { api: { endpoints: [], timeout: '1s', retry: { perTryTimeout: '5s' } } } })
    expect(warnings).toEqual([expect.stringContaining('perTryTimeout')])
  })

  it('C17 a pattern that takes V8 seconds takes moments', async () => {
    const server = await serving({ reply: 200 })
    const routes = ['^(a+)+$', '([a-zA-Z]+)*$', '(.*a){12}$'].map((regex) => ({
      match: [{ headers: { 'x-id': { regex } } }],
      directResponse: { status: 418 },
    }))
    const config = { services: { api: { endpoints: [{ url: server.url }], routes: [...routes, {}] } } }
    const mesh: ApiMesh = closing(createMesh({ service: 'test', config: config as never }))
    const cpu = process.cpuUsage()
    expect(await outcome(mesh, { headers: { 'x-id': `${'a'.repeat(5_000)}!` } })).toBe(200)
    expect(process.cpuUsage(cpu).user / 1_000).toBeLessThan(1_000)
  })
})
