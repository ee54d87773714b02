import http from 'node:http'
import { describe, expect, it } from 'vitest'
import { createMesh } from '../../src/index.js'
import { outcome } from './outcomes.js'
import { closing, expectNothingLeaks, meshTo, serving } from './scaffold.js'

expectNothingLeaks()

function broken(): never {
  throw new Error('a hook is broken')
}
const never = (): Promise<never> => new Promise(() => {})

function get(port: number, headers: Record<string, string> = {}): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    http
      .get({ port, host: '127.0.0.1', agent: false, headers }, (response) => {
        response.resume().on('end', () => resolve(response.statusCode))
      })
      .on('error', reject)
  })
}

describe('F106 a hook throws', () => {
  it.each([
    ['at once', broken],
    ['later', () => Promise.reject(new Error('a hook is broken'))],
  ])('an interceptor of calls, %s: the call fails, and the next works', async (_, intercept) => {
    const server = await serving({ reply: 200 })
    let calls = 0
    const mesh = meshTo(
      [server],
      { timeout: '1s' },
      {
        interceptors: [
          { stage: 'pick', place: 'before', intercept: (call, next) => (calls++ === 0 ? intercept() : next(call)) },
        ],
      },
    )
    await expect(mesh.request({ service: 'api' })).rejects.toThrow('a hook is broken')
    expect(await outcome(mesh)).toBe(200)
  })

  it('an interceptor of requests: 500, and the application never sees the request', async () => {
    let served = 0
    const mesh = closing(
      createMesh({ service: 'test', interceptors: [{ stage: 'application', place: 'before', intercept: broken }] }),
    )
    const server = mesh.server((_request, response) => {
      served++
      response.end()
    })
    const { port } = await server.listen({ port: 0, host: '127.0.0.1' })
    expect(await get(port)).toBe(500)
    expect(served).toBe(0)
  })

  it('a listener: a warning of the process, and the call goes on', async () => {
    const warned = new Promise((resolve) => process.once('warning', resolve))
    const mesh = meshTo([await serving([{ reply: 503 }, { reply: 200 }])], { retry: { on: ['5xx'] } })
    mesh.on('retry', broken)
    expect(await outcome(mesh)).toBe(200)
    expect(await warned).toMatchObject({ message: 'a hook is broken' })
  })

  it('a fallback: the failure stands', async () => {
    const mesh = meshTo([await serving({ reply: 503 })], { fallback: broken })
    expect(await outcome(mesh)).toBe(503)
  })
})

describe('F107 a hook never comes back', () => {
  it('an interceptor of calls: the deadline is not its to hold up', async () => {
    const mesh = meshTo(
      [await serving({ reply: 200 })],
      { timeout: '50ms' },
      {
        interceptors: [{ stage: 'pick', place: 'before', intercept: never }],
      },
    )
    expect(await outcome(mesh)).toBe('ERR_MESH_TIMEOUT')
  })

  it('an interceptor of requests: nobody waits longer than the caller does', async () => {
    const mesh = closing(
      createMesh({ service: 'test', interceptors: [{ stage: 'application', place: 'before', intercept: never }] }),
    )
    const server = mesh.server((_request, response) => response.end())
    const { port } = await server.listen({ port: 0, host: '127.0.0.1' })
    expect(await get(port, { 'x-mesh-timeout-ms': '50' })).toBe(504)
  })
})

describe('F114 a logger throws', () => {
  it('nobody notices', async () => {
    const logger = { debug: broken, info: broken, warn: broken, error: broken }
    const mesh = closing(createMesh({ service: 'test', logger }))
    const server = mesh.server((_request, response) => response.end('ok'))
    const { port } = await server.listen({ port: 0, host: '127.0.0.1' })
    expect(await get(port)).toBe(200)
  })
})
