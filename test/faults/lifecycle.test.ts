import { describe, expect, it } from 'vitest'
import type { MeshConfig } from '../../src/config/config.js'
import { expectNothingLeaks, meshTo, serving } from './scaffold.js'
import { watchedSignal } from './watched-signal.js'

expectNothingLeaks()

describe('a close after an update ends calls that began before it', () => {
  const updates: [string, (url: string) => MeshConfig<{ api: never }>][] = [
    [
      'gave the service another transport',
      (url) => ({ services: { api: { endpoints: [{ url }], connectTimeout: '1s' } } }),
    ],
    ['dropped the endpoint', () => ({ services: { api: { endpoints: [] } } })],
    ['dropped the service', () => ({})],
  ]
  it.each(updates)('when it %s', async (_name, updated) => {
    const server = await serving({ hang: 'headers' })
    const mesh = meshTo([server])
    const pending = mesh.request({ service: 'api' }).catch((error: unknown) => error)
    await expect.poll(() => server.requests.length).toBe(1)
    await mesh.update(updated(server.url))
    await mesh.close({ timeout: 20 })
    expect(await pending).toMatchObject({ code: 'ERR_MESH_CLOSED' })
  })
})

describe('F108 a signal shared by many calls', () => {
  const callers = ['request', 'fetch'] as const
  it.each(callers)('gathers no listeners, and warns of none (mesh.%s)', async (way) => {
    const warnings: string[] = []
    const onWarning = (warning: Error): void => void warnings.push(warning.name)
    process.on('warning', onWarning)
    const mesh = meshTo([await serving({ reply: 200, body: 'ok', delayMs: 10 })])
    const { signal, listeners } = watchedSignal()
    const once = async (): Promise<string> =>
      way === 'request'
        ? (await mesh.request({ service: 'api', signal })).body.text()
        : (await mesh.fetch('http://api/', { signal })).text()
    expect(new Set(await Promise.all(Array.from({ length: 50 }, once)))).toEqual(new Set(['ok']))
    expect(listeners.size).toBe(0)
    expect(warnings).toEqual([])
    process.off('warning', onWarning)
  })
})
