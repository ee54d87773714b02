/** Meshes of the `client` suite on connections without a wire; which mesh, and how it is called, is the caller's choice. */
import { isRight, openStillUpstreams, request } from '../still-connections.js'

/** @param {(target: any) => Promise<any>} openMesh */
async function still(openMesh) {
  const origins = await openStillUpstreams(10)
  return openMesh({ origin: origins[0], origins, tls: null })
}

/** @param {(target: any) => Promise<any>} openMesh */
export async function requesting(openMesh) {
  const mesh = await still(openMesh)
  async function call() {
    const { status, body } = await mesh.request(request)
    return isRight(status, await body.json())
  }
  return { call, close: () => mesh.close() }
}

/** @param {(target: any) => Promise<any>} openMesh */
export async function fetching(openMesh) {
  const mesh = await still(openMesh)
  const { url, headers } = request
  async function call() {
    const response = await mesh.fetch(url, { headers })
    return isRight(response.status, await response.json())
  }
  return { call, close: () => mesh.close() }
}
