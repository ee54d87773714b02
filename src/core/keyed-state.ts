/**
 * State that outlives snapshots, by identity: kept for the keys that a new config still names, disposed of for those
 * that it dropped.
 */
export class KeyedState<T> {
  readonly #entries = new Map<string, T>()
  readonly #dispose: (value: T, key: string) => void

  constructor(dispose: (value: T, key: string) => void = () => {}) {
    this.#dispose = dispose
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: string): T | undefined {
    return this.#entries.get(key)
  }

  /** The state of a key, made when it is first asked for. */
  ensure(key: string, make: () => T): T {
    const found = this.#entries.get(key)
    if (found !== undefined) return found
    const made = make()
    this.#entries.set(key, made)
    return made
  }

  delete(key: string): void {
    const value = this.#entries.get(key)
    if (value === undefined) return
    this.#entries.delete(key)
    this.#dispose(value, key)
  }

  /** Drops every key that is not in `keys`. */
  retain(keys: ReadonlySet<string>): void {
    for (const key of [...this.#entries.keys()]) if (!keys.has(key)) this.delete(key)
  }

  values(): IterableIterator<T> {
    return this.#entries.values()
  }

  entries(): IterableIterator<[string, T]> {
    return this.#entries.entries()
  }
}
