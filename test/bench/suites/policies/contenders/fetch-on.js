/** `mesh.fetch` with every policy. */
import { openFullMesh } from '../../client/mesh-setup.js'
import { fetching } from './meshes.js'

export function open() {
  return fetching(openFullMesh)
}
