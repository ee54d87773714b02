/** `mesh.request` and `mesh.fetch` as contenders; which mesh is the caller's choice. */
import { fetchWith } from './fetch-call.js'
import { createTarget } from './target.js'

/** @typedef {import('./target.js').TargetOptions} TargetOptions */

/**
 * @param {TargetOptions} options
 * @param {(target: import('./target.js').Target) => Promise<any>} openMesh
 */
export async function openMeshRequest(options, openMesh) {
  const target = createTarget(options)
  const { path, headers, json, isRight } = target
  const mesh = await openMesh(target)
  const url = `http://reviews${path}`
  async function call() {
    const { status, body } = await mesh.request({ url, method: 'GET', headers })
    return isRight(status, json ? await body.json() : await body.bytes())
  }
  return { call, close: () => mesh.close() }
}

/**
 * @param {TargetOptions} options
 * @param {(target: import('./target.js').Target) => Promise<any>} openMesh
 */
export async function openMeshFetch(options, openMesh) {
  const target = createTarget(options)
  const mesh = await openMesh(target)
  const call = fetchWith(mesh.fetch, `http://reviews${target.path}`, { headers: target.headers }, target)
  return { call, close: () => mesh.close() }
}
