import type { MeshEvents } from './events.js'
import { warnOfThrown } from './warn.js'

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

  /** Reports to everybody who listens; a listener that throws becomes a process warning. */
  emit<K extends keyof MeshEvents>(event: K, payload: MeshEvents[K]): void {
    const set = this.#listeners.get(event)
    if (set === undefined) return
    for (const listener of set)
      try {
        // The set of an event only holds that event's listeners: `on` is the only way in.
        ;(listener as Listener<K>)(payload)
      } catch (error) {
        warnOfThrown(error)
      }
  }
}
