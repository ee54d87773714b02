import { ConfigError, type Problem } from '../core/config-error.js'
import { durationMs } from '../core/duration.js'
import { problemsOf } from '../core/schema/index.js'
import { type MeshConfig, meshConfig } from './config.js'
import { type Diagnostic, diagnosticsOf } from './diagnostics.js'
import { mergeConfigs } from './merge.js'
import type { ServiceConfig } from './service.js'

/** A config that may serve, and what is odd about it. */
export interface CheckedConfig {
  readonly config: MeshConfig
  readonly warnings: readonly string[]
}

function toProblem({ file, line, path, message }: Diagnostic): Problem {
  return { file, line, path, message }
}

function timeoutWarnings(name: string, service: ServiceConfig): string[] {
  const total = durationMs(service.timeout) ?? 0
  const routes = service.routes ?? [{}]
  return routes.flatMap((route, i) => {
    const whole = durationMs(route.timeout) ?? total
    const retry = route.retry === false ? undefined : (route.retry ?? service.retry)
    const perTry = durationMs(retry?.perTryTimeout) ?? 0
    if (whole === 0 || perTry <= whole) return []
    const where = route.retry === undefined ? `services.${name}.retry` : `services.${name}.routes[${i}].retry`
    return [`${where}.perTryTimeout: is longer than the timeout of ${whole} ms and has no effect`]
  })
}

/**
 * Merges and validates configs, before anything is built from them. Throws `ConfigError` with every problem of all of
 * them, those that a manifest loader found included.
 */
export function checkConfig(given: MeshConfig | readonly MeshConfig[]): CheckedConfig {
  const configs = isList(given) ? given : [given]
  const diagnostics = configs.flatMap(diagnosticsOf)
  const problems = diagnostics.filter((one) => one.severity === 'error').map(toProblem)
  const config = mergeConfigs(configs)
  problems.push(...problemsOf(meshConfig, config))
  if (problems.length > 0) throw new ConfigError(problems)
  const warnings = diagnostics
    .filter((one) => one.severity === 'warning')
    .map(({ file, line, path, message }) => `${file}:${line} ${path}: ${message}`)
  for (const [name, service] of Object.entries(config.services ?? {}))
    warnings.push(...new Set(timeoutWarnings(name, service)))
  return { config, warnings }
}

function isList(given: MeshConfig | readonly MeshConfig[]): given is readonly MeshConfig[] {
  return Array.isArray(given)
}
