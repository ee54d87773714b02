const nothing = (): void => {}

/** Something long-lived that is kept while the options it was made from stay the same. */
export class Kept<T> {
  #options: string | undefined = undefined
  #value: T | undefined = undefined
  readonly #dispose: (value: T) => void

  constructor(dispose: (value: T) => void = nothing) {
    this.#dispose = dispose
  }

  get current(): T | undefined {
    return this.#value
  }

  /** The value for these options: the old one, or a new one in its place. */
  for(options: unknown, make: () => T): T {
    const text = JSON.stringify(options) ?? ''
    if (this.#value !== undefined && this.#options === text) return this.#value
    this.clear()
    this.#options = text
    this.#value = make()
    return this.#value
  }

  clear(): void {
    const old = this.#value
    this.#value = undefined
    if (old !== undefined) this.#dispose(old)
  }
}
