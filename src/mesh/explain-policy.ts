import type { ServiceConfig, ServiceRoute } from '../config/service.js'
import type { Origin } from '../core/origin.js'

/** One field of a policy as it counts, after everything that could replace it. */
export interface ExplainedField {
  /** As configured, but of headers their names alone. */
  readonly value: unknown
  /** Where it was written, if in a manifest. */
  readonly origin: Origin | undefined
}

/** A policy, by field. A field that is not there is off, or has its default. */
export type ExplainedPolicy = Readonly<Record<string, ExplainedField>>

const callFields = ['timeout', 'retry', 'hedge', 'coalesce', 'fallback', 'hash'] as const
const clusterFields = [
  'tls',
  'loadBalancer',
  'connectTimeout',
  'idleTimeout',
  'connections',
  'limits',
  'admission',
  'circuitBreaker',
  'outlierDetection',
  'healthCheck',
] as const

/** Values of headers may be secret: their names are shown. */
function shown(field: ExplainedField): ExplainedField {
  const { value } = field
  if (typeof value !== 'object' || value === null || !('headers' in value)) return field
  const { headers } = value
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers)) return field
  return { ...field, value: { ...value, headers: Object.keys(headers) } }
}

function without(fields: readonly (readonly [string, ExplainedField])[]): ExplainedPolicy {
  const set = fields.filter(([, { value }]) => value !== undefined && value !== false)
  return Object.fromEntries(set.map(([name, field]) => [name, shown(field)]))
}

/** What a route says of the call as a whole, or else its service. */
export function callPolicy(route: ServiceRoute, service: ServiceConfig): ExplainedPolicy {
  const whole: Readonly<Record<string, unknown>> = {
    timeout: service.timeout,
    retry: service.retry,
    hedge: service.hedge,
    coalesce: service.coalesce,
    fallback: service.fallback,
  }
  return without([
    ...callFields.map((field): readonly [string, ExplainedField] => {
      const own = route[field]
      if (own !== undefined) return [field, { value: own, origin: route.origin }]
      return [field, { value: whole[field], origin: service.origins?.[field] }]
    }),
    ['routing', { value: service.routing, origin: service.origins?.routing }],
  ])
}

/** The policy of a cluster, or of a subset: each field that the subset sets replaces the whole field of its service. */
export function clusterPolicy(service: ServiceConfig, subset: string | undefined): ExplainedPolicy {
  const { origins = {} } = service
  const own: Readonly<Record<string, unknown>> =
    subset === undefined || !Object.hasOwn(service.subsetPolicies ?? {}, subset)
      ? {}
      : { ...service.subsetPolicies?.[subset] }
  return without(
    clusterFields.map((field) => {
      const value = own[field]
      if (value === undefined) return [field, { value: service[field], origin: origins[field] }]
      return [field, { value, origin: origins[`subset ${subset} ${field}`] ?? origins[`subset ${subset}`] }]
    }),
  )
}
