import http from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import Fastify from 'fastify'
import { request } from 'undici'
import { describe, expect, it } from 'vitest'
import { meshMiddleware } from '../../src/adapters/express.js'
import { meshPlugin } from '../../src/adapters/fastify.js'
import { createMesh } from '../../src/mesh/create-mesh.js'
import type { Mesh } from '../../src/mesh/mesh.js'

/** Serves with a mesh; tells whether the first reply waited when it had ended. */
type Serve = (mesh: Mesh, told: (waited: boolean) => void) => Promise<{ port: number; close: () => Promise<unknown> }>

function waits(response: http.ServerResponse): boolean {
  return (response.socket?.writableLength ?? 0) > 0
}

const servers: Record<string, Serve> = {
  'mesh.server': async (mesh, told) => {
    const server = mesh.server((_request, response) => {
      response.end('text')
      told(waits(response))
    })
    const { port } = await server.listen({ host: '127.0.0.1' })
    return { port, close: () => server.close() }
  },
  meshPlugin: async (mesh, told) => {
    const app = Fastify()
    await app.register(meshPlugin, { mesh })
    app.get('/', (_request, reply) => {
      reply.send('text')
      told(waits(reply.raw))
    })
    await app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = app.server.address() as AddressInfo
    return { port, close: () => app.close() }
  },
  meshMiddleware: async (mesh, told) => {
    const app = express()
    app.use(meshMiddleware(mesh))
    app.get('/', (_request, response) => {
      response.send('text')
      told(waits(response))
    })
    const server = http.createServer(app)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return {
      port: (server.address() as AddressInfo).port,
      close: () => {
        server.closeAllConnections()
        return new Promise((resolve) => server.close(resolve))
      },
    }
  },
}

async function waited(serve: Serve, options: { batchReplies?: boolean }): Promise<boolean> {
  const mesh = createMesh({ service: 'shop', ...options })
  const seen: boolean[] = []
  const { port, close } = await serve(mesh, (one) => seen.push(one))
  const { body } = await request(`http://127.0.0.1:${port}/`)
  expect(await body.text()).toBe('text')
  await close()
  await mesh.close()
  return seen[0] === true
}

describe('replies that get ready in one turn', () => {
  it.each(Object.entries(servers))('wait for its end: %s', async (_name, serve) => {
    expect(await waited(serve, {})).toBe(true)
  })

  it.each(Object.entries(servers))('do not with `batchReplies: false`: %s', async (_name, serve) => {
    expect(await waited(serve, { batchReplies: false })).toBe(false)
  })
})
