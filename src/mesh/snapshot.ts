import type { CompiledService } from '../client/index.js'
import type { MeshConfig } from '../config/config.js'
import { HostTable } from './host-table.js'

/** Everything that a call needs to know, compiled from config and state. Immutable; swapped by one assignment. */
export interface Snapshot {
  /** From 1; 0 while the first config is still being loaded. */
  readonly generation: number
  readonly config: MeshConfig
  /** By name. */
  readonly services: ReadonlyMap<string, CompiledService>
  /** By every host that means a service. */
  readonly hosts: HostTable<CompiledService>
}

/** The snapshot of a config whose services are compiled. */
export function snapshotOf(
  config: MeshConfig,
  generation: number,
  services: ReadonlyMap<string, CompiledService>,
): Snapshot {
  function* hosts(): Generator<readonly [string, CompiledService]> {
    for (const service of services.values()) for (const host of service.hosts) yield [host, service]
  }
  return { generation, config, services, hosts: new HostTable(hosts()) }
}

/** What serves while nothing is configured. */
export const emptySnapshot: Snapshot = snapshotOf({}, 0, new Map())
