import { ConfigError, type Problem } from '../core/config-error.js'
import { durationMs } from '../core/duration.js'
import {
  instance,
  isFields,
  isInstance,
  kindOf,
  object,
  pathText,
  problemsOf,
  type Report,
  record,
  type Schema,
} from '../core/schema/index.js'
import { runAtOnce, type Steps } from '../core/steps.js'
import { ownCopy, sameConfig } from './compare.js'
import type { MeshConfig } from './config.js'
import { type Diagnostic, diagnosticsOf } from './diagnostics.js'
import { type ConfigDiff, diffServices } from './diff.js'
import { gatewayOptions } from './gateway.js'
import { inboundOptions } from './inbound.js'
import { mergeConfigs } from './merge.js'
import { References, type ServiceConfigs } from './references.js'
import { type ServiceConfig, serviceConfig } from './service.js'

/** A config that may serve, and what is odd about it. */
export interface CheckedConfig {
  /** A copy; what is equal in the config before is the very same object. */
  readonly config: MeshConfig
  readonly warnings: readonly string[]
  /** Compared with the config before, or with none. */
  readonly diff: ConfigDiff
}

/** What a config has. */
const parts: ReadonlySet<string> = new Set(['services', 'inbound', 'gateway'])

/** Everything but the services, which are judged one by one. */
const outline: Schema<MeshConfig> = object<MeshConfig>({
  services: instance<ServiceConfigs>('a plain object', isFields),
  inbound: inboundOptions,
  gateway: gatewayOptions,
})

const oneService: Schema<ServiceConfigs> = record(serviceConfig)

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

function keep<T>(before: T | undefined, given: T | undefined): T | undefined {
  return before !== undefined && sameConfig(before, given) ? before : ownCopy(given, before)
}

/** Whether what is wrong with a service leaves its other fields as they are meant. */
function isReadable(problems: readonly Problem[]): boolean {
  return problems.every(({ message }) => message === 'is not a known option')
}

/** The services that can be read, copied; `problems` gets the rest. */
function* checkServices(given: ServiceConfigs, before: ServiceConfigs, problems: Problem[]): Steps<ServiceConfigs> {
  const sound: Record<string, ServiceConfig> = {}
  for (const [name, service] of Object.entries(given)) {
    yield
    const known = Object.hasOwn(before, name) ? before[name] : undefined
    if (known !== undefined && sameConfig(known, service)) {
      sound[name] = known
      continue
    }
    const found = problemsOf(oneService, { [name]: service }, 'services')
    problems.push(...found)
    if (isReadable(found)) sound[name] = ownCopy(service, known)
  }
  return sound
}

/** What names something that is not there. Services with problems of their own count as there, and are not judged. */
function* checkReferences(given: ServiceConfigs, config: MeshConfig, problems: Problem[]): Steps<void> {
  const report: Report = (path, message) => problems.push({ path: pathText('', path), message })
  const references = new References(given, report)
  for (const [name, service] of Object.entries(config.services ?? {})) {
    references.checkService(name, service, report)
    yield
  }
  references.checkGateway(config.gateway ?? {}, report)
}

/**
 * Merges and validates configs, service by service, before anything is built from them. Throws `ConfigError` with every
 * problem of all of them, those that a manifest loader found included. What is equal in the config `before` is not
 * judged again.
 */
export function* checkingConfig(
  given: MeshConfig | readonly MeshConfig[],
  before: MeshConfig = {},
): Steps<CheckedConfig> {
  const configs = isList(given) ? given : [given]
  for (const config of configs)
    if (isInstance(config) && !Object.keys(config).some((key) => parts.has(key)))
      throw new ConfigError([{ path: '', message: 'a config must be a plain object', got: kindOf(config) }])
  const diagnostics = configs.flatMap(diagnosticsOf)
  const problems = diagnostics.filter((one) => one.severity === 'error').map(toProblem)
  const merged = mergeConfigs(configs)
  yield
  const found = problemsOf(outline, merged)
  problems.push(...found)
  if (!isFields(merged)) throw new ConfigError(problems)
  const all: ServiceConfigs = isFields(merged.services) ? (merged.services ?? {}) : {}
  const services = yield* checkServices(all, before.services ?? {}, problems)
  const config: MeshConfig = {
    ...(merged.services === undefined ? {} : { services }),
    ...(merged.inbound === undefined ? {} : { inbound: keep(before.inbound, merged.inbound) }),
    ...(merged.gateway === undefined ? {} : { gateway: keep(before.gateway, merged.gateway) }),
  }
  const rest = found.length === 0 ? config : { services }
  yield* checkReferences(all, rest, problems)
  if (problems.length > 0) throw new ConfigError(problems)
  const warnings = diagnostics
    .filter((one) => one.severity === 'warning')
    .map(({ file, line, path, message }) => `${file}:${line} ${path}: ${message}`)
  for (const [name, service] of Object.entries(services)) {
    warnings.push(...new Set(timeoutWarnings(name, service)))
    yield
  }
  return { config, warnings, diff: yield* diffServices(before.services ?? {}, services) }
}

/** The same without a pause. */
export function checkConfig(given: MeshConfig | readonly MeshConfig[], before: MeshConfig = {}): CheckedConfig {
  return runAtOnce(checkingConfig(given, before))
}

function isList(given: MeshConfig | readonly MeshConfig[]): given is readonly MeshConfig[] {
  return Array.isArray(given)
}
