/** Something that waits, with how urgent it is: 0 for the most, 7 for the least (RFC 9218). */
export interface Urgent {
  readonly urgency: number
}

const levels = 8

/** A line in which the more urgent go first, and who came first among equals. */
export class WaitingLine<T extends Urgent> {
  readonly #levels: readonly Set<T>[] = Array.from({ length: levels }, () => new Set<T>())
  #size = 0

  get size(): number {
    return this.#size
  }

  add(waiter: T): void {
    this.#levels[waiter.urgency]?.add(waiter)
    this.#size++
  }

  /** Whether it was in the line. */
  remove(waiter: T): boolean {
    const left = this.#levels[waiter.urgency]?.delete(waiter) === true
    if (left) this.#size--
    return left
  }

  /** Whose turn it is. */
  first(): T | undefined {
    for (const level of this.#levels) for (const waiter of level) return waiter
    return undefined
  }

  /** Who came last of the least urgent, if less urgent than that. */
  lessUrgentThan(urgency: number): T | undefined {
    for (let level = levels - 1; level > urgency; level--) {
      let last: T | undefined
      for (const waiter of this.#levels[level] ?? []) last = waiter
      if (last !== undefined) return last
    }
    return undefined
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (const level of this.#levels) yield* level
  }
}
