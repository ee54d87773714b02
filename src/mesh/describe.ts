import type { CompiledService } from '../client/index.js'
import type { Snapshot } from './snapshot.js'

/** The chains of one service: stages in the order in which a call passes them. */
export interface ServiceDescription {
  /** Logical name of the callee. */
  readonly service: string
  /** Down to the route, once per logical call. */
  readonly stages: readonly string[]
  /** In the order in which they are tried. */
  readonly routes: readonly {
    /** Name for logs and metrics. */
    readonly name: string
    /** Below the route, once per logical call. */
    readonly stages: readonly string[]
    /** Those that its weights can draw. */
    readonly destinations: readonly {
      /** `service` or `service|subset`. */
      readonly name: string
      /** Once per attempt. */
      readonly attempt: readonly string[]
      /** Once per attempt, on the endpoint it landed on. */
      readonly endpoint: readonly string[]
    }[]
  }[]
}

/** What `mesh.describe()` tells. */
export interface MeshDescription {
  /** Number of the snapshot that serves, from 1. */
  readonly generation: number
  /** One for each service of the config. */
  readonly services: readonly ServiceDescription[]
  /** Stages around the application's own routes. */
  readonly server: readonly string[]
}

function describeService(service: CompiledService): ServiceDescription {
  return {
    service: service.name,
    stages: service.stages,
    routes: service.routes.map((route) => ({
      name: route.name,
      stages: route.stages,
      destinations: route.destinations.map(({ name, stages }) => ({
        name,
        attempt: stages.attempt,
        endpoint: [...stages.endpoint, 'transport'],
      })),
    })),
  }
}

/** The chains of a snapshot, as they run. */
export function describe(snapshot: Snapshot, server: readonly string[]): MeshDescription {
  return {
    generation: snapshot.generation,
    services: [...snapshot.services.values()].map(describeService),
    server,
  }
}
