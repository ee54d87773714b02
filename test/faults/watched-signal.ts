/** A signal that counts who listens to it. */
export interface WatchedSignal {
  readonly signal: AbortSignal
  readonly listeners: ReadonlySet<unknown>
  abort(reason: unknown): void
}

/** Makes a signal of which a test sees whether its listeners go. */
export function watchedSignal(): WatchedSignal {
  const controller = new AbortController()
  const { signal } = controller
  const listeners = new Set<unknown>()
  const { addEventListener, removeEventListener } = signal
  signal.addEventListener = (...given: Parameters<typeof addEventListener>) => {
    listeners.add(given[1])
    addEventListener.apply(signal, given)
  }
  signal.removeEventListener = (...given: Parameters<typeof removeEventListener>) => {
    listeners.delete(given[1])
    removeEventListener.apply(signal, given)
  }
  return { signal, listeners, abort: (reason) => controller.abort(reason) }
}
