/** `mesh.request` with no policy configured. */
import { openMeshRequest } from '../mesh-contender.js'
import { openBareMesh } from '../mesh-setup.js'

/** @param {import('../target.js').TargetOptions} options */
export function open(options) {
  return openMeshRequest(options, openBareMesh)
}
