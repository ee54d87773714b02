export type { ClientDeps, ServiceTelemetry } from './deps.js'
export type { ServiceRing } from './route-ring.js'
export { type CompiledService, compileService } from './service.js'
export { ServiceState } from './service-state.js'
