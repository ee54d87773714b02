import type { MeshError } from './errors.js'
import { warnOfThrown } from './warn.js'

/** Something held while a call lives: a permit, an in-flight count, a span, a timer. */
export interface Releasable {
  /** Called exactly once, when the reply body ends; `error` if it ended badly. */
  release(error?: MeshError | undefined): void
}

/** Room for all that the policies of one call hold. It is given, for V8 makes room for seventeen at the first push. */
const usual = 8

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
  private held: (Releasable | undefined)[] | undefined = undefined
  private count = 0

  /** Holds until the end; if the body has already ended, releases at once. */
  hold(held: Releasable): void {
    if (this.ended) letGo(held, this.error)
    else {
      this.held ??= new Array(usual)
      this.held[this.count++] = held
    }
  }

  /** Ends the call: releases everything, last held first. */
  end(error?: MeshError | undefined): void {
    if (this.ended) return
    this.ended = true
    this.error = error
    const { held } = this
    this.held = undefined
    if (held !== undefined) for (let i = this.count - 1; i >= 0; i--) letGo(held[i], error)
  }
}
