import { ConfigError } from './config-error.js'
import type { Interceptor } from './interceptor.js'

/** A named place in a client ring. */
export type ClientStage =
  | 'telemetry'
  | 'route'
  | 'fallback'
  | 'fault'
  | 'respond'
  | 'headers'
  | 'hash'
  | 'mirror'
  | 'deadline'
  | 'coalesce'
  | 'retry'
  | 'hedge'
  | 'admission'
  | 'breaker'
  | 'limits'
  | 'pick'
  | 'attempt-telemetry'
  | 'endpoint-breaker'
  | 'health-check'
  | 'outlier-detection'
  | 'latency'
  | 'idle-timeout'
  | 'attempt-timeout'
  | 'transport'

/** A named place in the server ring. */
export type ServerStage =
  | 'server-telemetry'
  | 'hygiene'
  | 'policy-deadline'
  | 'overload'
  | 'peer'
  | 'cors'
  | 'address-limits'
  | 'authentication'
  | 'authorization'
  | 'identity-limits'
  | 'expiry'
  | 'application'

/** Stages of the service ring down to the route: one ring for all routes. */
export const entryStages: readonly ClientStage[] = ['telemetry', 'route']
/**
 * Stages of the service ring below the route: a ring for each. `cors` is no `ClientStage`: what names it edits the server
 * ring; around a route's, there is the place after `fault` and the one before `respond`.
 */
export const routeStages: readonly (ClientStage | 'cors')[] = [
  'fallback',
  'fault',
  'cors',
  'respond',
  'headers',
  'hash',
  'mirror',
  'deadline',
  'coalesce',
  'retry',
  'hedge',
]
/** Stages of the service ring, outermost first: once per logical call. */
export const serviceStages: readonly (ClientStage | 'cors')[] = [...entryStages, ...routeStages]
/** Stages of the attempt ring: once per attempt. */
export const attemptStages: readonly ClientStage[] = ['admission', 'breaker', 'limits', 'pick']
/** Stages of the endpoint ring: once per attempt, on the endpoint it landed on. */
export const endpointStages: readonly ClientStage[] = [
  'attempt-telemetry',
  'endpoint-breaker',
  'health-check',
  'outlier-detection',
  'latency',
  'idle-timeout',
  'attempt-timeout',
  'transport',
]
/** Stages of the server ring, outermost first. */
export const serverStages: readonly ServerStage[] = [
  'server-telemetry',
  'hygiene',
  'policy-deadline',
  'overload',
  'peer',
  'cors',
  'address-limits',
  'authentication',
  'authorization',
  'identity-limits',
  'expiry',
  'application',
]

/** An interceptor in its place. */
export interface Staged<C> {
  readonly stage: string
  readonly intercept: Interceptor<C>
}

/** How a user edits a ring, by the name of a stage. */
export interface StageEdit<C, S extends string> {
  /** Which stage, as `mesh.describe()` names it. */
  stage: S
  /** Beside the stage, or in its place. A stage that ends its ring takes only `before`. */
  place: 'before' | 'after' | 'replace' | 'remove'
  /** Not for `remove`. */
  intercept?: Interceptor<C> | undefined
}

/** Stages that end a ring: nothing can come after them, and they cannot be taken out. */
const last: ReadonlySet<string> = new Set(['route', 'pick', 'transport', 'application'])

/**
 * Puts a ring into its documented order and applies the user's edits to it. Throws `ConfigError` for an order that
 * cannot be: after the stage that ends a ring, or without it.
 */
export function arrange<C>(
  order: readonly string[],
  defaults: readonly Staged<C>[],
  edits: readonly StageEdit<C, string>[],
): Staged<C>[] {
  const arranged: Staged<C>[] = []
  for (const stage of order) {
    const mine = edits.filter((edit) => edit.stage === stage)
    if (last.has(stage) && mine.some((edit) => edit.place !== 'before'))
      throw new ConfigError([
        { path: 'interceptors', message: `the stage "${stage}" ends its ring; only "before" fits it` },
      ])
    const at = (place: string): Staged<C>[] =>
      mine.flatMap((edit) =>
        edit.place === place && edit.intercept !== undefined
          ? [{ stage: `${place} ${stage}`, intercept: edit.intercept }]
          : [],
      )
    arranged.push(...at('before'))
    const replaced = at('replace')
    if (replaced.length > 0) arranged.push(...replaced)
    else if (!mine.some((edit) => edit.place === 'remove'))
      arranged.push(...defaults.filter((entry) => entry.stage === stage))
    arranged.push(...at('after'))
  }
  return arranged
}
