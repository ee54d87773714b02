/** `mesh.fetch` with every client policy on. */
import { openMeshFetch } from '../mesh-contender.js'
import { openFullMesh } from '../mesh-setup.js'

/** @param {import('../target.js').TargetOptions} options */
export function open(options) {
  return openMeshFetch(options, openFullMesh)
}
