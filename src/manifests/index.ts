export { type Diagnostic, type DiagnosticCode, formatDiagnostic, type Severity } from './diagnostics.js'
export { type LoadedConfig, loadManifests } from './load.js'
export type { LoadManifestsOptions } from './options.js'
export type { ManifestSources, ManifestText } from './sources.js'
