import type { Balancer } from '../balancer/index.js'
import type { Endpoint } from '../endpoint.js'

/** What a level is made of. */
export interface LevelOptions {
  /** Every endpoint of the priority. */
  readonly members: readonly Endpoint[]
  /** Those that are neither ejected nor failing their health checks. */
  readonly healthy: readonly Endpoint[]
  /** Health is ignored. */
  readonly panic: boolean
  readonly create: (level: Level) => Balancer
}

/** One priority of a destination at a moment. Its balancer is made at the first pick: many a fallback never gets one. */
export class Level {
  readonly members: readonly Endpoint[]
  readonly healthy: readonly Endpoint[]
  readonly panic: boolean
  readonly #create: (level: Level) => Balancer
  #balancer: Balancer | undefined = undefined

  constructor({ members, healthy, panic, create }: LevelOptions) {
    this.members = members
    this.healthy = healthy
    this.panic = panic
    this.#create = create
  }

  /** The endpoints that take calls. */
  get candidates(): readonly Endpoint[] {
    return this.panic ? this.members : this.healthy
  }

  get balancer(): Balancer {
    this.#balancer ??= this.#create(this)
    return this.#balancer
  }

  /** Goes on with the balancer of the level before it, if that stood over the same endpoints. */
  continue(before: Level | undefined): void {
    if (before === undefined || before.panic !== this.panic) return
    const [mine, theirs] = [this.candidates, before.candidates]
    if (mine.length === theirs.length && mine.every((endpoint, i) => endpoint === theirs[i]))
      this.#balancer = before.#balancer
  }
}
