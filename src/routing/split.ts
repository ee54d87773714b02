import { ConfigError } from '../core/config-error.js'
import type { Random } from '../core/random.js'

/** A choice with its share. */
export interface Weighted<T> {
  readonly value: T
  /** Relative to the other weights; of no account when it is the only choice. */
  readonly weight?: number | undefined
}

/**
 * A weighted choice by Envoy's rule: a random value modulo the sum of the weights falls into one of the cumulative
 * intervals `[0, w1) [w1, w1 + w2) ...`. A single choice takes all, whatever its weight; weight 0 takes nothing.
 */
export class WeightedSplit<T> {
  readonly #values: readonly T[]
  readonly #bounds: readonly number[]
  readonly #sum: number

  /** Throws `ConfigError` when nothing could ever be chosen. */
  constructor(choices: readonly Weighted<T>[]) {
    const usable = choices.length === 1 ? choices : choices.filter(({ weight }) => weight !== undefined && weight > 0)
    let sum = 0
    this.#values = usable.map(({ value }) => value)
    this.#bounds = usable.map(({ weight }) => {
      sum += choices.length === 1 ? 1 : (weight ?? 0)
      return sum
    })
    this.#sum = sum
    if (!(sum > 0 && sum <= Number.MAX_SAFE_INTEGER))
      throw new ConfigError([{ path: 'weight', message: 'the weights of a split must sum to more than 0' }])
  }

  /** The choice for a value, any integer from 0. */
  at(value: number): T {
    const point = value % this.#sum
    let chosen = 0
    while (chosen < this.#bounds.length - 1 && point >= (this.#bounds[chosen] ?? 0)) chosen++
    // The constructor refuses an empty split, and `chosen` never leaves the list.
    return this.#values[chosen] as T
  }

  /** Draws once. A single choice draws nothing. */
  draw(random: Random): T {
    return this.at(this.#values.length === 1 ? 0 : Math.floor(random() * this.#sum))
  }

  /** The choices that can be drawn, with their share of 1. */
  shares(): { readonly value: T; readonly share: number }[] {
    return this.#values.map((value, i) => ({
      value,
      share: ((this.#bounds[i] ?? 0) - (this.#bounds[i - 1] ?? 0)) / this.#sum,
    }))
  }
}
