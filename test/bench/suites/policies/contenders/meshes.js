/** Meshes of the `client` suite on stubbed pools; which mesh, and how it is called, is the caller's choice. */
import { isRight, request, stubPools } from '../stubbed-pool.js'

const origins = Array.from({ length: 10 }, (_, i) => `http://127.0.0.1:${9_000 + i}`)

/** @param {(target: any) => Promise<any>} openMesh */
async function stubbed(openMesh) {
  stubPools()
  return openMesh({ origin: origins[0], origins, tls: null })
}

/** @param {(target: any) => Promise<any>} openMesh */
export async function requesting(openMesh) {
  const mesh = await stubbed(openMesh)
  async function call() {
    const { status, body } = await mesh.request(request)
    return isRight(status, await body.json())
  }
  return { call, close: () => mesh.close() }
}

/** @param {(target: any) => Promise<any>} openMesh */
export async function fetching(openMesh) {
  const mesh = await stubbed(openMesh)
  const { url, headers } = request
  async function call() {
    const response = await mesh.fetch(url, { headers })
    return isRight(response.status, await response.json())
  }
  return { call, close: () => mesh.close() }
}
