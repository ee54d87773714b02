export type { ClientDeps, ServiceTelemetry } from './deps.js'
export { type CompiledService, compileService, type ServiceRing } from './service.js'
export { ServiceState } from './service-state.js'
