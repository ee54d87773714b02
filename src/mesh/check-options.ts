import { ConfigError } from '../core/config-error.js'
import {
  anyText,
  duration,
  either,
  flag,
  fn,
  instance,
  list,
  object,
  oneOf,
  problemsOf,
  record,
  rule,
  type Schema,
  text,
} from '../core/schema/index.js'
import { attemptStages, endpointStages, type StageEdit, serverStages, serviceStages } from '../core/stages.js'
import type { ServerOptions } from '../server/mesh-server.js'
import type { MeshOptions, Workload } from './options.js'

type Edit = StageEdit<never, string>

const thing: Schema<object> = instance<object>('an object', (value) => typeof value === 'object' && value !== null)
/** Checked by what it is for. */
const later: Schema<unknown> = instance<unknown>('anything', () => true)

const edit: Schema<Edit> = rule(
  object<Edit>(
    {
      stage: oneOf(...serviceStages, ...attemptStages, ...endpointStages, ...serverStages),
      place: oneOf('before', 'after', 'replace', 'remove'),
      intercept: fn<NonNullable<Edit['intercept']>>(),
    },
    ['stage', 'place'],
  ),
  ({ place, intercept }, report) => {
    if (place !== 'remove' && intercept === undefined) report(['intercept'], 'is required')
  },
)

const locality: Schema<string> = rule(text, (value, report) => {
  if (!/^[^/]+(?:\/[^/]+){0,2}$/.test(value)) report([], 'must be region, region/zone or region/zone/subzone')
})

const meshOptions: Schema<object> = object<{ [Name in keyof MeshOptions]: unknown }>(
  {
    service: either(
      text,
      object<Workload>({ name: text, namespace: text, labels: record(anyText), locality }, ['name']),
    ),
    identity: thing,
    config: later,
    outbound: oneOf('allow-any', 'registry-only'),
    interceptors: list(edit),
    batchReplies: flag,
    metrics: thing,
    logger: thing,
    redis: later,
    clock: thing,
    random: fn<() => number>(),
  },
  [],
)

const serverOptions: Schema<object> = object<{ [Name in keyof ServerOptions]: unknown }>(
  {
    readinessPath: rule(text, (value, report) => {
      if (!value.startsWith('/')) report([], 'must begin with "/"')
    }),
    keepAliveTimeout: duration(),
  },
  [],
)

/** Throws `ConfigError` for options of `mesh.server` that are misspelt, belong elsewhere or cannot be. */
export function checkServerOptions(options: ServerOptions): void {
  const problems = problemsOf(serverOptions, options)
  if (problems.length > 0) throw new ConfigError(problems)
}

/** Throws `ConfigError` for options that would otherwise be passed over in silence: a misspelt `outbound` lets all out. */
export function checkOptions(options: unknown): void {
  const problems = problemsOf(meshOptions, options)
  if (typeof options === 'object' && options !== null && !('service' in options && options.service !== undefined))
    problems.push({ path: 'service', message: 'is required' })
  if (problems.length > 0) throw new ConfigError(problems)
}
