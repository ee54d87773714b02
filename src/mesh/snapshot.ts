import { type ClientDeps, type CompiledService, compileService, ServiceState } from '../client/index.js'
import type { MeshConfig } from '../config/config.js'
import { KeyedState } from '../core/keyed-state.js'
import { hostOf } from '../core/url.js'

/** Everything that a call needs to know, compiled from config and state. Immutable; swapped by one assignment. */
export interface Snapshot {
  readonly generation: number
  readonly config: MeshConfig
  /** By name. */
  readonly services: ReadonlyMap<string, CompiledService>
  /** By every host that means a service, in lower case. */
  readonly hosts: ReadonlyMap<string, CompiledService>
}

/** The states of all services, by name, and the snapshots that are built around them. */
export class Services {
  readonly #deps: ClientDeps
  readonly #states: KeyedState<ServiceState>
  /** States that no config names any more and that still have calls. */
  readonly #leaving = new Map<ServiceState, Promise<void>>()

  constructor(deps: ClientDeps, onForgotten: (service: string) => void) {
    this.#deps = deps
    this.#states = new KeyedState((state, name) => {
      const closed = state.close()
      this.#leaving.set(state, closed)
      void closed.then(() => this.#leaving.delete(state))
      onForgotten(name)
    })
  }

  get(name: string): ServiceState | undefined {
    return this.#states.get(name)
  }

  values(): IterableIterator<ServiceState> {
    return this.#states.values()
  }

  /** Hands a validated config to the states and compiles a snapshot; states that it does not name are closed. */
  compile(config: MeshConfig, generation: number): Snapshot {
    const given = config.services ?? {}
    const names = Object.keys(given)
    for (const name of names) this.#stateOf(name).configure(given[name] ?? {})
    const services = new Map<string, CompiledService>()
    const hosts = new Map<string, CompiledService>()
    const neighbour = (
      name: string,
    ): { state: ServiceState; config: NonNullable<(typeof given)[string]> } | undefined => {
      const config = Object.hasOwn(given, name) ? given[name] : undefined
      return config === undefined ? undefined : { state: this.#stateOf(name), config }
    }
    for (const name of names) {
      const own = neighbour(name)
      if (own === undefined) continue
      const service = compileService({ name, ...own, neighbour }, this.#deps)
      services.set(name, service)
      for (const host of service.hosts) hosts.set(hostOf(host), service)
    }
    this.#states.retain(new Set(names))
    const used = new Set(
      [...services.values()].flatMap(({ routes }) => routes.flatMap(({ legs }) => legs.map((leg) => leg.name))),
    )
    for (const state of this.#states.values()) state.retainDestinations(used)
    return { generation, config, services, hosts }
  }

  #stateOf(name: string): ServiceState {
    return this.#states.ensure(name, () => new ServiceState(name, this.#deps))
  }

  /** Lets calls end and closes every connection. */
  async close(): Promise<void> {
    this.#states.retain(new Set())
    await Promise.all(this.#leaving.values())
  }

  /** Breaks off what is still under way, in services that have left too. */
  async destroy(): Promise<void> {
    await Promise.all([...this.#leaving.keys(), ...this.#states.values()].map((state) => state.destroy()))
  }
}
