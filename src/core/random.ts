/** A source of numbers in [0, 1), injected so that splits, picks and jitter can be replayed. */
export type Random = () => number

/** The default source. Not for secrets. */
export const systemRandom: Random = Math.random

/** An integer in [0, n). */
export function randomInt(random: Random, n: number): number {
  return Math.floor(random() * n)
}
