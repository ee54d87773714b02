import { ownCopy } from '../config/compare.js'
import type { Clock, Timer } from '../core/clock.js'
import { ConfigError } from '../core/config-error.js'
import { MeshError } from '../core/errors.js'
import type { Observer } from '../core/observer.js'
import type { Random } from '../core/random.js'
import { problemsOf } from '../core/schema/index.js'
import { errorOf } from '../core/thrown.js'
import { warnOfThrown } from '../core/warn.js'
import {
  createResolver,
  type Discovery,
  type EndpointOptions,
  endpointList,
  isOriginal,
  isResolver,
  type OriginalDestination,
} from '../discovery/index.js'

/** What a source is given. */
export interface EndpointSourceDeps {
  readonly clock: Clock
  readonly random: Random
  readonly observer: Observer
  /** Takes over the whole set, each time that it was found. */
  readonly apply: (endpoints: readonly EndpointOptions[]) => void
}

type Watched = Exclude<Discovery, OriginalDestination>

/** Nobody waits longer than this for a discovery that says nothing (Istio `connectTimeout`). */
const longestWaitMs = 10_000

/** A discovery under way. */
class Watch {
  /** Resolves with its first answer, its first failure, or its end. */
  readonly first: Promise<void>
  settled = false
  ended = false
  readonly #timer: Timer
  #resolve: () => void = () => {}
  #stop: () => void = () => {}

  constructor(clock: Clock, onLate: () => void) {
    this.first = new Promise((resolve) => {
      this.#resolve = resolve
    })
    this.#timer = clock.setTimer(onLate, longestWaitMs)
  }

  start(watch: () => () => void): void {
    const stop: unknown = watch()
    if (typeof stop === 'function') {
      const end = (): void => void stop()
      this.#stop = end
    }
    if (this.ended) this.#endWatch()
  }

  /** Somebody waits: the process has to stay for that. */
  wait(): Promise<void> {
    this.#timer.ref?.()
    return this.first
  }

  settle(): void {
    this.settled = true
    this.#timer.cancel()
    this.#resolve()
  }

  end(): void {
    this.ended = true
    this.settle()
    this.#endWatch()
  }

  /** A user's own code must not break off the taking over of a config. */
  #endWatch(): void {
    try {
      this.#stop()
    } catch (error) {
      warnOfThrown(error)
    }
  }
}

/**
 * Feeds a cluster with the endpoints of a config or of its discovery. A discovery goes on while its options stay the
 * same; a new one takes over with its first answer, and until then the endpoints of before serve. What a resolver reports
 * wrongly is told by an event and not used.
 */
export class EndpointSource {
  readonly #service: string
  readonly #deps: EndpointSourceDeps
  #discovery: Discovery | undefined = undefined
  #watch: Watch | undefined = undefined
  /** A discovery has found endpoints: those of the config no longer count. */
  #found = false
  #inUse: readonly EndpointOptions[] = []
  #failure: Error | undefined = undefined

  constructor(service: string, deps: EndpointSourceDeps) {
    this.#service = service
    this.#deps = deps
  }

  /** What calls without an endpoint wait for; undefined once the discovery has answered or failed. */
  get pending(): Promise<void> | undefined {
    const watch = this.#watch
    return watch === undefined || watch.settled ? undefined : watch.wait()
  }

  /** Whether it has neither answered nor failed yet. */
  get waits(): boolean {
    return this.#watch?.settled === false
  }

  /** Why the discovery last found nothing; undefined while all is well. */
  get failure(): Error | undefined {
    return this.#failure
  }

  /** Resolves once the discovery has answered; rejects with `ERR_MESH_NO_HEALTHY_ENDPOINT` when it found nothing. */
  async ready(): Promise<void> {
    await this.pending
    if (this.#failure === undefined || this.#inUse.length > 0) return
    throw new MeshError(
      'ERR_MESH_NO_HEALTHY_ENDPOINT',
      `"${this.#service}" has no endpoints: ${this.#failure.message}`,
      {
        service: this.#service,
        detail: 'no_healthy_upstream',
        cause: this.#failure,
      },
    )
  }

  /** Takes over a validated config. Endpoints beside a discovery serve until that has answered. */
  configure(endpoints: readonly EndpointOptions[] | undefined, discovery: Discovery | undefined): void {
    const same = sameDiscovery(discovery, this.#discovery)
    if (!same) this.close()
    this.#discovery = discovery
    if (discovery === undefined || isOriginal(discovery)) {
      this.#found = false
      if (discovery === undefined) this.#apply(endpoints ?? [])
      else if (!same) this.#apply([])
      return
    }
    if (!this.#found && endpoints !== undefined) this.#apply(endpoints)
    if (!same) this.#start(discovery)
  }

  #apply(endpoints: readonly EndpointOptions[]): void {
    this.#inUse = endpoints
    this.#deps.apply(endpoints)
  }

  #start(discovery: Watched): void {
    const watch = new Watch(this.#deps.clock, () => this.#fail(watch, new Error('discovery has not answered yet')))
    this.#watch = watch
    try {
      watch.start(() =>
        createResolver(discovery, this.#deps).watch(
          (endpoints) => this.#report(watch, endpoints, isResolver(discovery)),
          (error) => this.#fail(watch, error),
        ),
      )
    } catch (error) {
      this.#fail(watch, error)
    }
  }

  /** Our own resolvers need no check; a user's may report anything. */
  #report(watch: Watch, endpoints: readonly EndpointOptions[], check: boolean): void {
    if (watch.ended) return
    const problems = check ? problemsOf(endpointList, endpoints, `services.${this.#service}.discovery`) : []
    if (problems.length > 0) return this.#fail(watch, new ConfigError(problems))
    const news = !this.#found || this.#failure !== undefined || !sameUrls(endpoints, this.#inUse)
    this.#found = true
    this.#failure = undefined
    // A resolver may change its own objects later: who compares them with those of before would see nothing.
    this.#apply(check ? ownCopy(endpoints, this.#inUse) : endpoints)
    watch.settle()
    if (news) this.#tell('found')
  }

  #fail(watch: Watch, error: unknown): void {
    if (watch.ended) return
    this.#failure = errorOf(error)
    watch.settle()
    this.#tell('failed')
  }

  #tell(result: 'found' | 'failed'): void {
    const { observer } = this.#deps
    const error = this.#failure
    observer.emit('discovery', { service: this.#service, result, endpoints: this.#inUse.length, error })
  }

  /** Ends the discovery; whoever waits for it goes on without. The endpoints stay. */
  close(): void {
    this.#watch?.end()
    this.#watch = undefined
    this.#failure = undefined
  }
}

/** A resolver is what it is; the rest is data. */
function sameDiscovery(a: Discovery | undefined, b: Discovery | undefined): boolean {
  if (a === b) return true
  if (isResolver(a) || isResolver(b)) return false
  return JSON.stringify(a) === JSON.stringify(b)
}

function sameUrls(a: readonly EndpointOptions[], b: readonly EndpointOptions[]): boolean {
  return a === b || (a.length === b.length && a.every((one, i) => one.url === b[i]?.url))
}
