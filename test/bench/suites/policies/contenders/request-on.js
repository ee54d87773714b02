/** `mesh.request` with every policy. */
import { openFullMesh } from '../../client/mesh-setup.js'
import { requesting } from './meshes.js'

export function open() {
  return requesting(openFullMesh)
}
