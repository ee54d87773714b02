import { type ClientDeps, type CompiledService, compileService, ServiceState } from '../client/index.js'
import type { MeshConfig } from '../config/config.js'
import { neighboursOf, type ServiceConfigs } from '../config/references.js'
import type { ServiceConfig } from '../config/service.js'
import { InFlight } from '../core/in-flight.js'
import { KeyedState } from '../core/keyed-state.js'
import type { Steps } from '../core/steps.js'
import { type Snapshot, snapshotOf } from './snapshot.js'
import type { MeshTelemetry } from './telemetry.js'

/** A snapshot that is ready to serve. Until `commit` nothing has changed for anybody. */
export interface PreparedServices {
  readonly snapshot: Snapshot
  /** Hands the config to the states, all at once; the snapshot has to serve from the same moment on. */
  commit(): void
  /** Lets go of what was made for it. */
  abandon(): void
  /** Once it serves: closes what it does not name any more. */
  tidy(): Steps<void>
}

/** The states of all services, by name, and the snapshots that are built around them. */
export class Services {
  readonly #deps: ClientDeps
  readonly #telemetry: Pick<MeshTelemetry, 'remember' | 'forget'>
  readonly #states: KeyedState<ServiceState>
  /** States that no config names any more and that still have calls. */
  readonly #leaving = new Map<ServiceState, Promise<void>>()
  /** Snapshots in the making. */
  readonly #preparing = new InFlight()

  constructor(deps: ClientDeps, telemetry: Pick<MeshTelemetry, 'remember' | 'forget'>) {
    this.#deps = deps
    this.#telemetry = telemetry
    this.#states = new KeyedState((state) => this.#leave(state))
  }

  #leave(state: ServiceState): void {
    const closed = state.close()
    this.#leaving.set(state, closed)
    void closed.then(() => this.#leaving.delete(state))
    this.#telemetry.forget(state.name)
  }

  get(name: string): ServiceState | undefined {
    return this.#states.get(name)
  }

  values(): Iterable<ServiceState> {
    return this.#states.values()
  }

  /**
   * Compiles a checked config, service by service. A service keeps its rings while its config and those of all services
   * that its routes lead to are the very objects of the snapshot before.
   */
  *prepare(config: MeshConfig, before: Snapshot): Steps<PreparedServices> {
    const given = config.services ?? {}
    const changed = changedNames(before.config.services ?? {}, given)
    const fresh = new Map<string, ServiceState>()
    const stateOf = (name: string): ServiceState | undefined => this.#states.get(name) ?? fresh.get(name)
    const neighbour = (name: string): { state: ServiceState; config: ServiceConfig } | undefined => {
      const own = Object.hasOwn(given, name) ? given[name] : undefined
      const state = stateOf(name)
      return own === undefined || state === undefined ? undefined : { state, config: own }
    }
    const abandon = (): void => {
      for (const state of fresh.values()) this.#leave(state)
    }
    const services = new Map<string, CompiledService>()
    const reconfigured: (readonly [ServiceState, ServiceConfig])[] = []
    let snapshot: Snapshot
    this.#preparing.enter()
    try {
      for (const name of changed) {
        const own = Object.hasOwn(given, name) ? given[name] : undefined
        if (own === undefined) continue
        yield
        const known = this.#states.get(name)
        if (known === undefined) fresh.set(name, this.#made(name, own))
        else {
          known.prepare(own)
          if (concernsState(before.config.services?.[name], own)) reconfigured.push([known, own])
        }
      }
      for (const name of Object.keys(given)) {
        const own = neighbour(name)
        if (own === undefined) continue
        const old = before.services.get(name)
        if (old !== undefined && !isConcerned(name, own.config, changed)) services.set(name, old)
        else services.set(name, compileService({ name, ...own, neighbour }, this.#deps))
        yield
      }
      snapshot = snapshotOf(config, before.generation + 1, services)
      yield
    } catch (error) {
      abandon()
      throw error
    } finally {
      this.#preparing.release()
    }
    return {
      snapshot,
      abandon,
      commit: () => {
        for (const [name, made] of fresh) this.#states.ensure(name, () => made)
        for (const [state, own] of reconfigured) state.configure(own)
      },
      tidy: () => this.#tidy(given, services),
    }
  }

  /** It may report at once, as a discovery that knows its endpoints does. */
  #made(name: string, config: ServiceConfig): ServiceState {
    this.#telemetry.remember(name)
    const state = new ServiceState(name, this.#deps)
    state.configure(config)
    return state
  }

  *#tidy(given: ServiceConfigs, services: ReadonlyMap<string, CompiledService>): Steps<void> {
    for (const [name] of [...this.#states.entries()]) {
      if (Object.hasOwn(given, name)) continue
      this.#states.delete(name)
      yield
    }
    const used = new Map<string, Set<string>>()
    for (const { destinations } of services.values()) {
      for (const { service, keys } of destinations) {
        const known = used.get(service)
        if (known === undefined) used.set(service, new Set(keys))
        else for (const key of keys) known.add(key)
      }
      yield
    }
    for (const state of this.#states.values()) {
      state.retainDestinations(used.get(state.name) ?? new Set())
      const compiled = services.get(state.name)
      if (compiled !== undefined) state.routes.retain(compiled.keys)
      yield
    }
  }

  /** Resolves once every service has found its endpoints and knows their health; rejects if one finds none. */
  async ready(): Promise<void> {
    await Promise.all([...this.#states.values()].map((state) => state.supply.ready()))
  }

  /** Lets calls end and closes every connection, once nothing is being prepared any more. */
  async close(): Promise<void> {
    this.#states.retain(new Set())
    await this.#preparing.idle()
    await Promise.all(this.#leaving.values())
  }

  /** Breaks off what is still under way, in services that have left too. */
  async destroy(): Promise<void> {
    await Promise.all([...this.#leaving.keys(), ...this.#states.values()].map((state) => state.destroy()))
  }
}

/** Services that are new, gone or configured otherwise: what is equal is the same object. */
function changedNames(before: ServiceConfigs, after: ServiceConfigs): ReadonlySet<string> {
  const names = new Set<string>()
  for (const [name, service] of Object.entries(after)) if (before[name] !== service) names.add(name)
  for (const name of Object.keys(before)) if (!Object.hasOwn(after, name)) names.add(name)
  return names
}

/** Fields that only the rings are made of. */
const ringFields: ReadonlySet<string> = new Set([
  'hosts',
  'routes',
  'routing',
  'timeout',
  'retry',
  'hedge',
  'coalesce',
  'fallback',
  'envoyHeaders',
  'hopHeaders',
  'origins',
])

/** Whether a state has to hear of a new config: it is told while nothing else can happen, so the less the better. */
function concernsState(before: ServiceConfig | undefined, after: ServiceConfig): boolean {
  if (before === undefined) return true
  const old = new Map(Object.entries(before))
  for (const [field, value] of Object.entries(after)) {
    if (!ringFields.has(field) && old.get(field) !== value) return true
    old.delete(field)
  }
  return [...old.keys()].some((field) => !ringFields.has(field))
}

function isConcerned(name: string, service: ServiceConfig, changed: ReadonlySet<string>): boolean {
  if (changed.size === 0) return false
  if (changed.has(name)) return true
  for (const neighbour of neighboursOf(name, service)) if (changed.has(neighbour)) return true
  return false
}
