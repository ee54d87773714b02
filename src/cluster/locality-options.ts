import { integer, list, object, record, rule, type Schema, text } from '../core/schema/index.js'

/**
 * Prefers endpoints near the workload, Istio's `localityLbSetting`. Needs the workload's own locality (`createMesh`
 * `service.locality`); without one nothing is near. An empty object prefers the same zone, then the same region.
 */
export interface LocalityOptions {
  /** Where the calls of a region go when it has no healthy endpoints. Regions only. */
  failover?: readonly { from: string; to: string }[] | undefined
  /** Label names, or `name=value`: endpoints that agree with the workload on the first n come before those on n - 1. */
  failoverPriority?: readonly string[] | undefined
  /** Shares in percent, by the caller's locality; the first `from` that fits counts. `*` stands for any part. */
  distribute?: readonly { from: string; to: Readonly<Record<string, number>> }[] | undefined
}

/** Schema of `locality`. */
export const localityOptions: Schema<LocalityOptions> = rule(
  object<LocalityOptions>({
    failover: list(object<{ from: string; to: string }>({ from: text, to: text }, ['from', 'to'])),
    failoverPriority: list(text),
    distribute: list(
      object<{ from: string; to: Readonly<Record<string, number>> }>({ from: text, to: record(integer(0, 100)) }, [
        'from',
        'to',
      ]),
    ),
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
