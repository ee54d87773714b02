/** `mesh.request` with every client policy on. */
import { openMeshRequest } from '../mesh-contender.js'
import { openFullMesh } from '../mesh-setup.js'

/** @param {import('../target.js').TargetOptions} options */
export function open(options) {
  return openMeshRequest(options, openFullMesh)
}
