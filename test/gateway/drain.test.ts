import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { createMesh } from '../../src/mesh/create-mesh.js'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

function listen(handler: http.RequestListener): Promise<string> {
  const server = http.createServer(handler)
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      closers.push(() => {
        server.closeAllConnections()
        return new Promise((done) => server.close(done))
      })
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    })
  })
}

it('a request that reaches the gateway while the mesh drains is served, on a server of the user’s own too', async () => {
  let answer: () => void = () => undefined
  const slow = new Promise<void>((resolve) => {
    answer = resolve
  })
  let reached: () => void = () => undefined
  const first = new Promise<void>((resolve) => {
    reached = resolve
  })
  const upstream = await listen(async (request, response) => {
    if (request.url === '/slow') {
      reached()
      await slow
    }
    response.end('served')
  })
  const mesh = createMesh({
    service: 'edge',
    config: { services: { api: { endpoints: [{ url: upstream }] } }, gateway: { routes: [{ service: 'api' }] } },
  })
  const edge = await listen(mesh.gateway())
  const underWay = fetch(`${edge}/slow`)
  await first
  const closing = mesh.close()
  const late = await fetch(`${edge}/late`)
  expect([late.status, await late.text()]).toEqual([200, 'served'])
  await expect(mesh.request({ service: 'api' })).rejects.toMatchObject({ code: 'ERR_MESH_CLOSED' })
  answer()
  expect(await (await underWay).text()).toBe('served')
  await closing
  expect((await fetch(`${edge}/late`)).status).toBe(503)
})
