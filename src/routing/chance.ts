import { type Random, randomInt } from '../core/random.js'

const million = 1_000_000

/** A share of calls, drawn as Envoy does: out of a million parts, so in steps of 0.0001 percent. */
export class Chance {
  readonly #parts: number

  /** 0 to 100. */
  constructor(percentage: number) {
    this.#parts = Math.round(percentage * (million / 100))
  }

  /** Draws, unless all or none are meant. */
  hits(random: Random): boolean {
    if (this.#parts <= 0) return false
    return this.#parts >= million || randomInt(random, million) < this.#parts
  }
}
