/** `mesh.request` without policies. */
import { openBareMesh } from '../../client/mesh-setup.js'
import { requesting } from './meshes.js'

export function open() {
  return requesting(openBareMesh)
}
