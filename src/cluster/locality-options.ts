import { integer, list, object, record, rule, type Schema, text } from '../core/schema/index.js'

/** Where the calls of a region go when it fails. */
export interface LocalityFailover {
  /** The region that fails. */
  from: string
  /** The region that takes over. */
  to: string
}

/** Shares of the calls of a locality. */
export interface LocalityDistribution {
  /** Locality of the caller, `region/zone/subzone`; `*` stands for any part. */
  from: string
  /** Percent by locality of the endpoints; sums to 100. */
  to: Readonly<Record<string, number>>
}

/**
 * Prefers endpoints near the workload, Istio's `localityLbSetting`. Needs the workload's own locality (`createMesh`
 * `service.locality`); without one nothing is near. An empty object prefers the same zone, then the same region.
 */
export interface LocalityOptions {
  /** Where the calls of a region go when it has no healthy endpoints. Regions only. */
  failover?: readonly LocalityFailover[] | undefined
  /** Label names, or `name=value`: endpoints that agree with the workload on the first n come before those on n - 1. */
  failoverPriority?: readonly string[] | undefined
  /** Shares in percent, by the caller's locality; the first `from` that fits counts. `*` stands for any part. */
  distribute?: readonly LocalityDistribution[] | undefined
}

/** Schema of `locality`. */
export const localityOptions: Schema<LocalityOptions> = rule(
  object<LocalityOptions>({
    failover: list(object<LocalityFailover>({ from: text, to: text }, ['from', 'to'])),
    failoverPriority: list(text),
    distribute: list(object<LocalityDistribution>({ from: text, to: record(integer(0, 100)) }, ['from', 'to'])),
  }),
  ({ failover, failoverPriority, distribute }, report) => {
    if (distribute !== undefined && (failover !== undefined || failoverPriority !== undefined))
      report(['distribute'], 'excludes failover and failoverPriority')
    for (const [i, one] of (failover ?? []).entries())
      if (one.from === one.to) report(['failover', i, 'to'], 'is where the calls come from')
    for (const [i, one] of (distribute ?? []).entries())
      if (Object.values(one.to).reduce((sum, share) => sum + share, 0) !== 100)
        report(['distribute', i, 'to'], 'must sum to 100')
  },
)
