import type { MeshError } from './errors.js'

/** Why a retry that was wanted was not made. */
export type SuppressedReason = 'budget' | 'deadline' | 'method' | 'body' | 'overflow' | 'attempts'

/** What policies report. Telemetry subscribes to it, and so can users through `mesh.on`. */
export interface MeshEvents {
  /** A new snapshot serves, or a config was refused. */
  config: { result: 'applied' | 'rejected'; generation: number; warnings: readonly string[]; error?: Error | undefined }
  /** An endpoint was taken out of the balancing, or came back. */
  ejection: { service: string; endpoint: string; ejected: boolean; reason: string; forMs: number }
  /** A breaker changed its state. */
  breaker: { service: string; state: 'closed' | 'open' | 'half-open' }
  /** A retry is about to be made. */
  retry: { service: string; attempt: number; reason: string; delayMs: number }
  /** A retry was wanted but not made. */
  'retry-suppressed': { service: string; reason: SuppressedReason }
  /** A call was refused because too many are under way. */
  overflow: { service: string; limit: string }
  /** Credentials changed, or new ones were refused and the old kept. */
  identity: { result: 'rotated' | 'rejected'; generation: number; error?: Error | undefined }
  /** An endpoint joined or left a service. */
  endpoint: { service: string; endpoint: string; change: 'added' | 'removed' }
  /** A connection to an endpoint was opened. */
  connection: { service: string; endpoint: string }
  /** A peer's identity was refused. */
  'peer-rejected': { side: 'client' | 'server'; reason: string }
  /** A rate limiter's store failed; `mode` is what was done instead. */
  'limit-store': { policy: string; mode: 'open' | 'closed' | 'local'; kind: string }
  /** A rate limit decision. */
  'rate-limit': { policy: string; decision: 'allowed' | 'limited'; backend: 'memory' | 'redis' | 'local' }
  /** An authentication decision. */
  authentication: { method: string; result: 'ok' | 'refused'; reason: string }
  /** An authorization decision. */
  authorization: { decision: 'allow' | 'deny'; rule: string }
  /** A key set was fetched, or could not be. */
  jwks: { issuer: string; result: 'ok' | 'failed'; error?: Error | undefined }
  /** Something went wrong that no caller waits for. */
  fault: { where: string; error: MeshError | Error }
}

/** Receives one kind of event. */
export type Listener<K extends keyof MeshEvents> = (event: MeshEvents[K]) => void

/** Typed events. Costs one map lookup when nobody listens; a listener that throws never reaches the call. */
export class Observer {
  readonly #listeners = new Map<keyof MeshEvents, Set<(event: never) => void>>()

  /** Subscribes; returns the unsubscriber. */
  on<K extends keyof MeshEvents>(event: K, listener: Listener<K>): () => void {
    let set = this.#listeners.get(event)
    if (set === undefined) {
      set = new Set()
      this.#listeners.set(event, set)
    }
    const listeners = set
    listeners.add(listener)
    return function unsubscribe() {
      listeners.delete(listener)
    }
  }

  emit<K extends keyof MeshEvents>(event: K, payload: MeshEvents[K]): void {
    const set = this.#listeners.get(event)
    if (set === undefined) return
    for (const listener of set)
      try {
        // The set of an event only holds that event's listeners: `on` is the only way in.
        ;(listener as Listener<K>)(payload)
      } catch (error) {
        process.emitWarning(error instanceof Error ? error : String(error), 'SidecarlessListenerWarning')
      }
  }
}
