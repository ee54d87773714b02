import type { LoadBalancerSettings } from '../../cluster/balancer/options.js'
import type { LocalityOptions } from '../../cluster/locality-options.js'
import type { OutlierDetectionOptions } from '../../cluster/outlier-detection/options.js'
import type { TlsOptions } from '../../identity/options.js'
import type { LimitsOptions } from '../../resilience/concurrency/options.js'
import type { ConcurrentBudgetOptions } from '../../resilience/retry/options.js'
import type { ConnectionPoolOptions } from '../../transport/options.js'
import type { Place } from '../diagnostics.js'

/** `loadBalancer`, as far as it is meant by itself: whether localities count depends on `outlierDetection` too. */
export interface LoadBalancerBlock {
  readonly at: Place
  readonly settings: LoadBalancerSettings
  /** Calls go where they say (`PASSTHROUGH`). */
  readonly passthrough: boolean
  /** `off`: localities never count. Undefined: what the mesh has, near ones first. */
  readonly locality: LocalityOptions | 'off' | undefined
}

/** `connectionPool`. */
export interface ConnectionPoolBlock {
  readonly at: Place
  readonly limits: LimitsOptions | undefined
  readonly connectTimeout: number | undefined
  readonly connections: ConnectionPoolOptions | undefined
}

/** `outlierDetection`. */
export interface OutlierDetectionBlock {
  readonly at: Place
  /** Of the percentage that may never eject anything. */
  readonly percentAt: Place
  /** Whether that percentage is Istio's default. */
  readonly percentIsDefault: boolean
  readonly options: OutlierDetectionOptions & { readonly maxEjectionPercent: number }
}

/** `tls`. */
export interface TlsBlock {
  readonly at: Place
  readonly tls: TlsOptions
}

/** `retryBudget`. */
export interface RetryBudgetBlock {
  readonly at: Place
  readonly budget: ConcurrentBudgetOptions
}

/** The blocks of a policy: each counts as a whole. */
export interface PolicyBlocks {
  readonly loadBalancer?: LoadBalancerBlock | undefined
  readonly connectionPool?: ConnectionPoolBlock | undefined
  readonly outlierDetection?: OutlierDetectionBlock | undefined
  readonly tls?: TlsBlock | undefined
  readonly retryBudget?: RetryBudgetBlock | undefined
}

/** The blocks that `portLevelSettings` have. */
export interface PortPolicy extends Omit<PolicyBlocks, 'retryBudget'> {
  readonly at: Place
  readonly port: number
}

/** A `trafficPolicy` as it is written. */
export interface TrafficPolicy extends PolicyBlocks {
  readonly ports: readonly PortPolicy[]
}

/** What `over` sets in place of `base`, block by block. */
function overlay(base: PolicyBlocks, over: PolicyBlocks): PolicyBlocks {
  return {
    loadBalancer: over.loadBalancer ?? base.loadBalancer,
    connectionPool: over.connectionPool ?? base.connectionPool,
    outlierDetection: over.outlierDetection ?? base.outlierDetection,
    tls: over.tls ?? base.tls,
    retryBudget: over.retryBudget ?? base.retryBudget,
  }
}

/**
 * The blocks that hold for one port. Settings of the port itself replace all others: what they leave out is Istio's
 * default, not what the policy above has. A subset's policy goes over its host's.
 */
export function effectiveBlocks(
  base: PolicyBlocks,
  policy: TrafficPolicy | undefined,
  port: number | undefined,
): PolicyBlocks {
  if (policy === undefined) return base
  const { loadBalancer, connectionPool, outlierDetection, tls, retryBudget, ports } = policy
  const merged = overlay(base, { loadBalancer, connectionPool, outlierDetection, tls, retryBudget })
  const own = ports.find((one) => one.port === port)
  if (own === undefined) return merged
  return {
    loadBalancer: own.loadBalancer,
    connectionPool: own.connectionPool,
    outlierDetection: own.outlierDetection,
    tls: own.tls,
    retryBudget: merged.retryBudget,
  }
}
