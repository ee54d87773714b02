import { once } from 'node:events'
import type http from 'node:http'
import net from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type ConfigSource, createMesh, dns, type Mesh } from '../../src/index.js'
import { jwksServer } from '../auth/jwt/jwks-server.js'
import { rsaSigner } from '../auth/jwt/mint.js'

const meshes: Pick<Mesh, 'close'>[] = []
afterEach(async () => {
  for (const mesh of meshes.splice(0)) await mesh.close({ timeout: 0 })
})

let handler: http.RequestListener = () => {}

function kept<M extends Pick<Mesh, 'close'>>(mesh: M): M {
  meshes.push(mesh)
  return mesh
}

describe('the health of a mesh', () => {
  it('is good once everything has loaded', async () => {
    const mesh = kept(createMesh({ service: 'x' }))
    await mesh.ready()
    await expect.poll(() => mesh.health()).toEqual({ ready: true, reasons: [] })
  })

  it('is bad until a config serves', async () => {
    let serve: () => void = () => {}
    const source: ConfigSource = {
      load: () => new Promise((resolve) => (serve = () => resolve({ services: {} }))),
      subscribe: () => () => {},
    }
    const mesh = kept(createMesh({ service: 'x', config: source }))
    expect(mesh.health()).toEqual({ ready: false, reasons: ['config'] })
    serve()
    await expect.poll(() => mesh.health().ready).toBe(true)
  })

  it('is bad while endpoints are looked for, and stays so when there are none', async () => {
    const discovery = dns('reviews.invalid:80', { servers: ['127.0.0.1:9'] })
    const mesh = kept(createMesh({ service: 'x', config: { services: { reviews: { discovery } } } }))
    expect(mesh.health()).toEqual({ ready: false, reasons: ['loading'] })
  })

  it('is bad while no key of an issuer can be used, and ready() says whose and why', async () => {
    const issuer = await jwksServer([{ ...rsaSigner('a').jwk, use: 'enc' }])
    try {
      const jwt = [{ issuer: 'https://id.example', audiences: ['shop'], jwksUri: issuer.url }]
      const mesh = kept(createMesh({ service: 'x', config: { inbound: { jwt } } }))
      await expect(mesh.ready()).rejects.toMatchObject({
        message: 'the keys of "https://id.example" are not available',
        cause: { message: 'no key of the set can be used: the key is not for signatures' },
      })
      expect(mesh.health()).toEqual({ ready: false, reasons: ['loading'] })
    } finally {
      await issuer.close()
    }
  })

  it('is bad from the first moment of a drain, and after it', async () => {
    const mesh = kept(createMesh({ service: 'x' }))
    await mesh.ready()
    const closing = mesh.close()
    expect(mesh.health()).toEqual({ ready: false, reasons: ['draining'] })
    await closing
    expect(mesh.health()).toEqual({ ready: false, reasons: ['closed'] })
  })
})

describe('the readiness path of a server', () => {
  it('tells probes, before every policy', async () => {
    const inbound = { authorization: [{ action: 'deny', rules: [{}] }] } as const
    const mesh = kept(createMesh({ service: 'x', config: { inbound } }))
    await mesh.ready()
    await expect.poll(() => mesh.health().ready).toBe(true)
    const server = mesh.server((_request, response) => response.end('app'), { readinessPath: '/ready' })
    const { port } = await server.listen({ host: '127.0.0.1' })
    const ready = await fetch(`http://127.0.0.1:${port}/ready?from=probe`)
    expect([ready.status, await ready.json()]).toEqual([200, { ready: true, reasons: [] }])
    const other = await fetch(`http://127.0.0.1:${port}/readyness`)
    expect(other.status).toBe(403)
    await other.text()
  })

  it('turns at once when the server drains, for those who still have a connection', async () => {
    const mesh = kept(createMesh({ service: 'x' }))
    const under = new Promise<http.ServerResponse>((resolve) => {
      handler = (_request, response) => {
        response.write('half')
        resolve(response)
      }
    })
    const server = mesh.server((request, response) => handler(request, response), { readinessPath: '/ready' })
    const { port } = await server.listen({ host: '127.0.0.1' })
    const socket = net.connect(port, '127.0.0.1')
    let answers = ''
    socket.on('data', (data) => (answers += data))
    const ask = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`
    socket.write(ask('/'))
    const response = await under
    await expect.poll(() => answers).toContain('half')
    const closing = server.close()
    socket.write(ask('/ready'))
    await expect.poll(() => response.req.socket.bytesRead).toBe(ask('/').length + ask('/ready').length)
    response.end()
    await once(socket, 'close')
    await closing
    expect(answers).toContain('HTTP/1.1 503')
    expect(answers).toContain('{"ready":false,"reasons":["draining"]}')
  })

  it('is a path', () => {
    const mesh = kept(createMesh({ service: 'x' }))
    expect(() => mesh.server(() => {}, { readinessPath: 'ready' })).toThrow('readinessPath: must begin with "/"')
  })
})
