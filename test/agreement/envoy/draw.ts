import { seededRandom } from '../../faults/seeded-random.js'

/** Random choices that a seed repeats. */
export class Draw {
  readonly #next: () => number

  constructor(seed: number) {
    this.#next = seededRandom(seed)
  }

  /** An integer from 0 to `below` - 1. */
  int(below: number): number {
    return Math.floor(this.#next() * below)
  }

  chance(probability: number): boolean {
    return this.#next() < probability
  }

  one<T>(choices: readonly T[]): T {
    const chosen = choices[this.int(choices.length)]
    if (chosen === undefined) throw new RangeError('nothing to choose from')
    return chosen
  }

  /** Some of the choices, in their order. */
  some<T>(choices: readonly T[], probability: number): T[] {
    return choices.filter(() => this.chance(probability))
  }
}
