import { getMaxListeners, setMaxListeners } from 'node:events'
import type { Cancellable } from './cancellation.js'
import { Held } from './held.js'

let warns: boolean | undefined

/** Whether this Node suspects a leak when a signal has many listeners, as Node 20 does from the eleventh on. */
function warnsOfSignals(signal: AbortSignal): boolean {
  try {
    return getMaxListeners(signal) > 0
  } catch {
    // What Node 20 answers for a signal without limit.
    return false
  }
}

/**
 * The caller's signal on one call: a single listener that cancels whichever hop is under way, and goes when the reply
 * body ends - so a signal that serves many calls gathers no listeners.
 */
export class SignalLink extends Held {
  readonly #signal: AbortSignal
  /** Keeps a `Request`, whose signal follows its caller's only while the request lives. */
  readonly owner: unknown
  #work: Cancellable | undefined = undefined

  constructor(signal: AbortSignal, owner?: unknown) {
    super()
    this.#signal = signal
    this.owner = owner
    warns ??= warnsOfSignals(new AbortController().signal)
    // One signal may serve any number of calls at once.
    if (warns) setMaxListeners(0, signal)
    signal.addEventListener('abort', this)
  }

  /** From now on this is what an abort cancels. */
  follow(work: Cancellable): void {
    this.#work = work
    if (this.#signal.aborted) work.cancel(this.#signal.reason)
  }

  handleEvent(): void {
    this.#work?.cancel(this.#signal.reason)
  }

  release(): void {
    this.#signal.removeEventListener('abort', this)
  }
}
