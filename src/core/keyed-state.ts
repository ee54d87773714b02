const nothing = (): void => {}

/**
 * State that outlives snapshots, by identity: kept for the keys that a new config still names, disposed of for those
 * that it dropped.
 */
export class KeyedState<T> {
  /** Made with the first entry: most of a mesh's services have no state of most kinds. */
  #entries: Map<string, T> | undefined = undefined
  readonly #dispose: (value: T, key: string) => void

  constructor(dispose: (value: T, key: string) => void = nothing) {
    this.#dispose = dispose
  }

  get size(): number {
    return this.#entries?.size ?? 0
  }

  get(key: string): T | undefined {
    return this.#entries?.get(key)
  }

  /** The state of a key, made when it is first asked for. */
  ensure(key: string, make: () => T): T {
    const found = this.get(key)
    if (found !== undefined) return found
    const made = make()
    this.#entries ??= new Map()
    this.#entries.set(key, made)
    return made
  }

  delete(key: string): void {
    const value = this.get(key)
    if (value === undefined) return
    this.#entries?.delete(key)
    this.#dispose(value, key)
  }

  /** Drops every key that is not in `keys`. */
  retain(keys: ReadonlySet<string>): void {
    for (const key of [...(this.#entries?.keys() ?? [])]) if (!keys.has(key)) this.delete(key)
  }

  values(): Iterable<T> {
    return this.#entries?.values() ?? []
  }

  entries(): Iterable<[string, T]> {
    return this.#entries?.entries() ?? []
  }
}
