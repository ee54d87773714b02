import type { ServiceConfig } from '../config/service.js'

/** Whether a subset has a cluster of its own. */
export function standsAlone(config: ServiceConfig, subset: string): boolean {
  const { subsets = {}, subsetPolicies = {} } = config
  return Object.hasOwn(subsets, subset) && Object.hasOwn(subsetPolicies, subset) && subsetPolicies[subset] !== undefined
}

/** The subsets that have clusters of their own. */
export function subsetsAlone(config: ServiceConfig): string[] {
  return Object.keys(config.subsetPolicies ?? {}).filter((subset) => standsAlone(config, subset))
}

/** The config of a subset that stands alone: each policy that it sets replaces the service's. */
export function subsetConfig(config: ServiceConfig, subset: string): ServiceConfig {
  const policy = Object.entries(config.subsetPolicies?.[subset] ?? {})
  return { ...config, ...Object.fromEntries(policy.filter(([, value]) => value !== undefined)) }
}
