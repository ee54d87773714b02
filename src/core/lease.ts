import type { MeshError } from './errors.js'
import { warnOfThrown } from './warn.js'

/** Something held while a call lives: a permit, an in-flight count, a span, a timer. */
export interface Releasable {
  /** Called exactly once, when the reply body ends; `error` if it ended badly. */
  release(error?: MeshError | undefined): void
}

/** One that throws keeps nobody else from being released. */
function letGo(held: Releasable | undefined, error: MeshError | undefined): void {
  try {
    held?.release(error)
  } catch (thrown) {
    warnOfThrown(thrown)
  }
}

/**
 * A call ends when its reply body ends - read to the end, cancelled or reset - not when headers arrive.
 * What a policy holds for a call hangs on the lease of the reply and is released on every path.
 */
export class Lease {
  /** True once the body has ended. */
  ended = false
  /** How it ended; undefined for a complete body. */
  error: MeshError | undefined = undefined
  private first: Releasable | undefined = undefined
  private more: Releasable[] | undefined = undefined

  /** Holds until the end; if the body has already ended, releases at once. */
  hold(held: Releasable): void {
    if (this.ended) letGo(held, this.error)
    else if (this.first === undefined) this.first = held
    else {
      this.more ??= []
      this.more.push(held)
    }
  }

  /** Ends the call: releases everything, last held first. */
  end(error?: MeshError | undefined): void {
    if (this.ended) return
    this.ended = true
    this.error = error
    const { first, more } = this
    this.first = undefined
    this.more = undefined
    if (more !== undefined) for (let i = more.length - 1; i >= 0; i--) letGo(more[i], error)
    letGo(first, error)
  }
}
