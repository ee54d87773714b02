import { type Phase, waitsForUs } from './phase.js'
import { warnOfThrown } from './warn.js'

/** Anything that can be told to stop. Must settle soon after, with the reason it was given. */
export interface Cancellable {
  /** Stops the work; it settles with this reason. */
  cancel(reason: unknown): void
  /** What is being waited for, which says whose fault a timeout is. */
  readonly phase?: Phase | undefined
}

/** Work that nobody waits for. */
class Aside implements Cancellable {
  readonly #work: Cancellable

  constructor(work: Cancellable) {
    this.#work = work
  }

  cancel(reason: unknown): void {
    this.#work.cancel(reason)
  }
}

/** One that throws keeps nothing else from being stopped. */
function stop(work: Cancellable | undefined, reason: unknown): void {
  try {
    work?.cancel(reason)
  } catch (thrown) {
    warnOfThrown(thrown)
  }
}

/**
 * Cancellation without AbortSignals, which cost more than the HTTP exchange: a call passes `cancel` on to
 * whatever currently works for it - an attempt, an exchange on a socket, a back-off.
 */
export class Cancellation implements Cancellable {
  /** Set once cancelled. */
  cancelled = false
  /** Why; the caller's own abort reason or a `MeshError`. */
  reason: unknown = undefined
  private worker: Cancellable | undefined = undefined
  private others: Set<Cancellable> | undefined = undefined

  /** Phase of the work attached last that has one; that of work which waits for an endpoint outranks those that wait for us. */
  get phase(): Phase | undefined {
    let phase = this.worker?.phase
    if (this.others !== undefined)
      for (const { phase: other } of this.others)
        if (other !== undefined && (phase === undefined || !waitsForUs(other) || waitsForUs(phase))) phase = other
    return phase
  }

  /** Registers current work; work that comes too late is cancelled at once. */
  attach(work: Cancellable): void {
    if (this.cancelled) work.cancel(this.reason)
    else if (this.worker === undefined) this.worker = work
    else {
      this.others ??= new Set()
      this.others.add(work)
    }
  }

  /** Forgets work that has ended. */
  detach(work: Cancellable): void {
    if (this.worker === work) this.worker = undefined
    else this.others?.delete(work)
  }

  /** Nobody waits for work that goes on: it tells no phase any more, and stops with the rest. */
  setAside(work: Cancellable): void {
    this.detach(work)
    this.attach(new Aside(work))
  }

  /** Stops all current and future work. Only the first reason counts. */
  cancel(reason: unknown): void {
    if (this.cancelled) return
    this.cancelled = true
    this.reason = reason
    const { worker, others } = this
    this.worker = undefined
    this.others = undefined
    stop(worker, reason)
    if (others !== undefined) for (const work of others) stop(work, reason)
  }
}
