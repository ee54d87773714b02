/** A typed key for values that travel with a call: `callKey<Tenant>('tenant')`. */
export interface CallKey<T> {
  /** For people; keys are told apart by identity. */
  readonly name: string
  /** Never set: it carries the type. */
  readonly type?: T
}

/** Makes a key; two keys of the same name are different keys. */
export function callKey<T>(name: string): CallKey<T> {
  return { name }
}

/** Typed values of one call. A fork sees its parent's values and keeps its own to itself. */
export class Values {
  readonly #parent: Values | undefined
  readonly #own = new Map<CallKey<unknown>, unknown>()

  constructor(parent?: Values | undefined) {
    this.#parent = parent
  }

  /** The value, else that of the call this one is a fork of. */
  get<T>(key: CallKey<T>): T | undefined {
    // The key's type is the only way a value of that key was stored.
    if (this.#own.has(key)) return this.#own.get(key) as T
    return this.#parent?.get(key)
  }

  /** Stores a value for this call and its later forks. */
  set<T>(key: CallKey<T>, value: T): void {
    this.#own.set(key, value)
  }
}
