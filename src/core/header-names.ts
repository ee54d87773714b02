/**
 * A set of header names that is asked in whatever case they came: most names are ruled out by their length, before
 * anything is made lower case.
 */
export class HeaderNames {
  readonly #names: ReadonlySet<string>
  readonly #lengths: readonly boolean[]

  /** Names in lower case. */
  constructor(...names: readonly string[]) {
    this.#names = new Set(names)
    const lengths: boolean[] = []
    for (const { length } of names) lengths[length] = true
    this.#lengths = Array.from(lengths, (has) => has === true)
  }

  /** Whether the name is in the set, in any case. */
  has(name: string): boolean {
    return this.#lengths[name.length] === true && this.#names.has(name.toLowerCase())
  }
}
