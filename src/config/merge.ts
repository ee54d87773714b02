import { isFields } from '../core/schema/index.js'
import type { MeshConfig } from './config.js'
import type { ServiceConfig } from './service.js'

function overlay<T extends object>(base: T | undefined, later: T | undefined): T | undefined {
  if (base === undefined || later === undefined) return later ?? base
  if (!isFields(base)) return base
  if (!isFields(later)) return later
  const set = Object.entries(later).filter(([, value]) => value !== undefined)
  return { ...base, ...Object.fromEntries(set) }
}

/** Sets an own key whatever its name: `__proto__` stays visible to the validation, which refuses it. */
function put<T>(record: Record<string, T>, name: string, value: T): void {
  Object.defineProperty(record, name, { value, enumerable: true, configurable: true, writable: true })
}

/** Whether the services of a config can be merged. */
function hasShape(config: MeshConfig): boolean {
  return isFields(config) && (config.services === undefined || isFields(config.services))
}

/**
 * Merges configs: per service and field, the later one wins, routes whole. Works on configs that are not validated
 * yet, and leaves what has the wrong shape for the validation to find.
 */
export function mergeConfigs(configs: readonly MeshConfig[]): MeshConfig {
  const [only] = configs
  if (configs.length === 1 && only !== undefined) return only
  for (const config of configs) if (!hasShape(config)) return config
  let merged: MeshConfig = {}
  for (const config of configs) {
    const services: Record<string, ServiceConfig> = { ...merged.services }
    for (const [name, service] of Object.entries(config.services ?? {}))
      put(services, name, overlay(Object.hasOwn(services, name) ? services[name] : undefined, service) ?? service)
    const { services: _, inbound, gateway, ...rest } = config
    merged = {
      ...merged,
      ...rest,
      services,
      inbound: overlay(merged.inbound, inbound),
      gateway: mergeGateways(merged.gateway, gateway),
    }
  }
  return merged
}

function isLists({ routes = [], consumers = [] }: NonNullable<MeshConfig['gateway']>): boolean {
  return Array.isArray(routes) && Array.isArray(consumers)
}

function mergeGateways(base: MeshConfig['gateway'], later: MeshConfig['gateway']): MeshConfig['gateway'] {
  if (base === undefined || later === undefined) return later ?? base
  for (const one of [base, later]) if (!isFields(one) || !isLists(one)) return one
  return {
    ...overlay(base, later),
    routes: [...(later.routes ?? []), ...(base.routes ?? [])],
    consumers: [...(base.consumers ?? []), ...(later.consumers ?? [])],
  }
}
