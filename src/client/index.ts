export type { ClientDeps } from './deps.js'
export type { CompiledRoute } from './route-ring.js'
export { type CompiledService, compileService } from './service.js'
export { ServiceState } from './service-state.js'
