import type { Cancellable, Cancellation } from '../core/cancellation.js'
import { MeshError } from '../core/errors.js'
import type { Handler } from '../core/interceptor.js'

/** Calls that may wait; those beyond are refused, so that a config that never comes fills no memory. */
const mostWaiting = 10_000

class Waiter implements Cancellable {
  readonly phase = 'config'
  readonly opened: Promise<void>
  pass: () => void = () => {}
  cancel: (reason: unknown) => void = () => {}

  constructor() {
    this.opened = new Promise((resolve, reject) => {
      this.pass = resolve
      this.cancel = reject
    })
  }
}

/**
 * Closed until the first config serves: what comes before waits, within its own deadline. When the first config cannot
 * be loaded, what waits is refused with the reason, and so is what comes, until one can.
 */
export class Gate {
  #isOpen: boolean
  #failure: { readonly reason: unknown } | undefined = undefined
  readonly #waiting = new Set<Waiter>()

  constructor(isOpen: boolean) {
    this.#isOpen = isOpen
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Lets everything through from now on. */
  open(): void {
    this.#isOpen = true
    for (const waiter of this.#waiting) waiter.pass()
    this.#waiting.clear()
  }

  /** Refuses what waits and what comes, until it is opened. */
  fail(reason: unknown): void {
    if (this.#isOpen) return
    this.#failure = { reason }
    for (const waiter of this.#waiting) waiter.cancel(reason)
    this.#waiting.clear()
  }

  /** Resolves once it is open. */
  async ready(): Promise<void> {
    await this.#pass(undefined)
  }

  /** A handler that is reached only through the gate. */
  before<C extends Cancellation>(next: Handler<C>): Handler<C> {
    const later = async (call: C): ReturnType<Handler<C>> => {
      await this.#pass(call)
      return next(call)
    }
    return (call) => (this.#isOpen ? next(call) : later(call))
  }

  async #pass(call: Cancellation | undefined): Promise<void> {
    if (this.#isOpen) return
    if (this.#failure !== undefined) throw this.#failure.reason
    if (this.#waiting.size >= mostWaiting)
      throw new MeshError('ERR_MESH_OVERFLOW', 'too many calls wait for the config', { detail: 'config_pending' })
    const waiter = new Waiter()
    this.#waiting.add(waiter)
    call?.attach(waiter)
    try {
      await waiter.opened
    } finally {
      call?.detach(waiter)
      this.#waiting.delete(waiter)
    }
  }
}
