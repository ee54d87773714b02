import { checkingConfig } from '../config/check.js'
import type { MeshConfig } from '../config/config.js'
import { type ConfigInput, type ConfigSource, configList, isConfigSource } from '../config/source.js'
import { MeshError } from '../core/errors.js'
import { runAtOnce, runInSlices, type Steps } from '../core/steps.js'
import { ConfigFeed } from './config-feed.js'
import type { Gate } from './gate.js'
import { checkIdentity } from './identity-check.js'
import type { Inbound } from './inbound.js'
import { checkInboundRedis } from './redis-check.js'
import type { PreparedServices, Services } from './services.js'
import { emptySnapshot, type Snapshot } from './snapshot.js'
import type { MeshTelemetry } from './telemetry.js'

/** What a config takes effect in. */
export interface ConfigurationDeps {
  readonly services: Services
  readonly inbound: Inbound
  readonly telemetry: Pick<MeshTelemetry, 'configured' | 'rejected'>
  readonly gate: Gate
  readonly hasIdentity: boolean
  readonly hasRedis: boolean
}

function isPlain(parts: readonly (MeshConfig | ConfigSource)[]): parts is readonly MeshConfig[] {
  return !parts.some(isConfigSource)
}

/** Whether a config has sources, so that it cannot serve at once. */
export function hasSources(input: ConfigInput): boolean {
  return !isPlain(configList(input))
}

/** The config that serves, and the way of every other config to take its place: in order, whole, or not at all. */
export class Configuration {
  readonly #deps: ConfigurationDeps
  #snapshot: Snapshot = emptySnapshot
  #feed: ConfigFeed | undefined = undefined
  #last: Promise<void> = Promise.resolve()
  #closed = false

  constructor(deps: ConfigurationDeps) {
    this.#deps = deps
  }

  get snapshot(): Snapshot {
    return this.#snapshot
  }

  /** Serves the first config: at once if it is plain, so that it throws; else when its sources have loaded. */
  begin(input: ConfigInput): void {
    const parts = configList(input)
    if (isPlain(parts)) {
      runAtOnce(this.#serve(parts))
      return
    }
    const feed: ConfigFeed = new ConfigFeed(parts, {
      // What its sources still brought before an update ended them must not take the update's place.
      apply: (configs) =>
        this.#enqueue(async () => {
          if (!feed.stopped) await this.#take(configs)
        }),
      failed: (reason) => this.#deps.telemetry.rejected(this.#snapshot.generation, reason),
    })
    this.#feed = feed
    // Whoever waits hears of a failure from the gate.
    feed.start().catch((reason: unknown) => this.#deps.gate.fail(reason))
  }

  /** Serves another config once those before it have had their turn. Sources are not followed any more. */
  update(configs: readonly MeshConfig[]): Promise<void> {
    return this.#enqueue(async () => {
      await this.#take(configs)
      this.#feed?.stop()
    })
  }

  #enqueue(take: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(take)
    this.#last = turn.catch(() => {})
    return turn
  }

  async #take(configs: readonly MeshConfig[]): Promise<void> {
    this.#checkOpen()
    try {
      await runInSlices(this.#serve(configs))
    } catch (error) {
      if (!this.#closed) this.#deps.telemetry.rejected(this.#snapshot.generation, error)
      throw error
    }
  }

  /** Everything that can fail comes before the first change; the changes come without a pause between them. */
  *#serve(configs: readonly MeshConfig[]): Steps<void> {
    const { services, inbound, telemetry, gate, hasIdentity, hasRedis } = this.#deps
    const [only] = configs
    const given = configs.length === 1 && only !== undefined ? only : configs
    const checked = yield* this.#whileOpen(checkingConfig(given, this.#snapshot.config))
    checkIdentity(checked.config, hasIdentity)
    checkInboundRedis(checked.config, hasRedis)
    const server = inbound.prepare(checked.config)
    let client: PreparedServices
    try {
      client = yield* this.#whileOpen(services.prepare(checked.config, this.#snapshot))
    } catch (error) {
      server.abandon()
      throw error
    }
    client.commit()
    server.commit()
    this.#snapshot = client.snapshot
    gate.open()
    telemetry.configured(this.#snapshot.generation, checked)
    yield* client.tidy()
  }

  /** A mesh that is closed meanwhile ends the work at its next pause. */
  *#whileOpen<T>(steps: Steps<T>): Steps<T> {
    for (let step = steps.next(); ; step = steps.next()) {
      if (step.done === true) return step.value
      yield
      if (this.#closed) steps.throw(closed())
    }
  }

  #checkOpen(): void {
    if (this.#closed) throw closed()
  }

  /** Follows no source any more, takes no config any more, and lets nobody wait for one. What is being prepared is given up. */
  close(): void {
    this.#closed = true
    this.#feed?.stop()
    this.#deps.gate.fail(closed())
  }
}

function closed(): MeshError {
  return new MeshError('ERR_MESH_CLOSED', 'the mesh is closed')
}
