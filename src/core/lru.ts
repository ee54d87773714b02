class Entry<V> {
  readonly value: V
  /** Since somebody last looked for an entry that may go. */
  used = false

  constructor(value: V) {
    this.value = value
  }
}

/**
 * A map with a bounded number of entries; the oldest goes first, but one that was used gets a second chance. A use is a
 * mark and no move in the order: that would cost every hit more than the lookup.
 */
export class LruMap<K, V> {
  readonly #entries = new Map<K, Entry<V>>()
  readonly #capacity: number

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: K): V | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    entry.used = true
    return entry.value
  }

  set(key: K, value: V): void {
    this.#entries.delete(key)
    if (this.#entries.size >= this.#capacity) this.#makeRoom()
    if (this.#capacity > 0) this.#entries.set(key, new Entry(value))
  }

  #makeRoom(): void {
    for (const [key, entry] of this.#entries) {
      this.#entries.delete(key)
      if (!entry.used) return
      entry.used = false
      this.#entries.set(key, entry)
    }
  }

  delete(key: K): void {
    this.#entries.delete(key)
  }

  clear(): void {
    this.#entries.clear()
  }
}
