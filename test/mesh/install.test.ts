import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { getGlobalDispatcher, request } from 'undici'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createMesh, type Mesh, type MeshConfig } from '../../src/index.js'

const original = getGlobalDispatcher()
const upstream = http.createServer((_request, response) => void response.end('ok'))
let mesh: Mesh
beforeEach(async () => {
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`
  const config: MeshConfig = { services: { reviews: { endpoints: [{ url }] } } }
  mesh = createMesh({ service: 'x', config })
})
afterEach(async () => {
  await mesh.close()
  upstream.closeAllConnections()
  await new Promise((resolve) => upstream.close(resolve))
})

describe('a mesh that is installed', () => {
  it('finds its services for the built-in fetch and for undici', async () => {
    mesh.install()
    expect(await (await globalThis.fetch('http://reviews/')).text()).toBe('ok')
    expect(await (await request('http://reviews/')).body.text()).toBe('ok')
  })

  it('restores what was there', async () => {
    const restore = mesh.install()
    restore()
    expect(getGlobalDispatcher()).toBe(original)
  })

  it('restores it as it closes', async () => {
    mesh.install()
    await mesh.close()
    expect(getGlobalDispatcher()).toBe(original)
  })
})
