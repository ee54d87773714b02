/** `mesh.fetch` with no policy configured. */
import { openMeshFetch } from '../mesh-contender.js'
import { openBareMesh } from '../mesh-setup.js'

/** @param {import('../target.js').TargetOptions} options */
export function open(options) {
  return openMeshFetch(options, openBareMesh)
}
