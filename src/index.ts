export { createMesh } from './mesh/create-mesh.js'
