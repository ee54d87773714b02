import { KeyedState } from '../../core/keyed-state.js'
import type { Observer } from '../../core/observer.js'
import { type Catalogue, enroll } from './catalogue.js'
import { ClientMetrics, type MeasuredService } from './client-metrics.js'
import { countEvents } from './events.js'
import { type MetricsRegistry, newRegistry } from './registry.js'
import { Scope } from './scope.js'
import { ServerMetrics, type ServerRole } from './server-metrics.js'
import type { Workload } from './workload.js'

/** The metrics of one mesh: binds series for its services and servers, and takes them away with them. */
export class MeshMetrics {
  /** The registry to scrape: the user's, or one of our own. */
  readonly registry: MetricsRegistry
  readonly #catalogue: Catalogue
  readonly #workload: Workload
  readonly #own = new Scope()
  readonly #services = new KeyedState<Scope>((scope) => scope.release())
  readonly #forgotten = new Scope()
  readonly #closers: (() => void)[] = []
  #closed = false

  /** Throws `ConfigError` when the user's registry has other metrics under our names. */
  constructor(workload: Workload, registry?: MetricsRegistry | undefined) {
    this.#workload = workload
    this.registry = registry ?? newRegistry()
    this.#catalogue = enroll(this.registry)
    this.#forgotten.release()
  }

  /** Counts what policies report until `close`. */
  subscribe(observer: Observer): void {
    this.#closers.push(
      countEvents(observer, {
        catalogue: this.#catalogue,
        workload: this.#workload,
        own: this.#own,
        // An event of a service that has gone counts nowhere.
        ofService: (service) =>
          this.#services.get(service) ?? this.#services.get(service.split('|')[0] ?? '') ?? this.#forgotten,
      }),
    )
  }

  /** Counts what is reported of a service from now on. */
  remember(service: string): void {
    this.#scope(service)
  }

  /** The series of a service, bound when a snapshot is compiled. */
  client(service: MeasuredService): ClientMetrics {
    return new ClientMetrics(this.#catalogue, this.#scope(service.name), this.#workload, service)
  }

  /** The series of inbound calls. */
  server(role: ServerRole): ServerMetrics {
    return new ServerMetrics(this.#catalogue, this.#own, this.#workload, role)
  }

  /** When our own certificate expires: wall-clock ms. */
  certificate(notAfterMs: number): void {
    this.#own.bind(this.#catalogue.certNotAfter, { workload: this.#workload.name }).set(notAfterMs / 1_000)
  }

  /** Removes the series of every service that is not named. */
  retain(services: ReadonlySet<string>): void {
    this.#services.retain(services)
  }

  /** Removes the series of a service. */
  forget(service: string): void {
    this.#services.delete(service)
  }

  /** Stops counting and removes all series of this mesh; others in the same registry stay. */
  close(): void {
    this.#closed = true
    for (const close of this.#closers.splice(0)) close()
    this.#services.retain(new Set())
    this.#own.release()
  }

  #scope(service: string): Scope {
    return this.#closed ? this.#forgotten : this.#services.ensure(service, () => new Scope())
  }
}
