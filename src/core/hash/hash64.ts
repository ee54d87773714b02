import type { Random } from '../random.js'

/** A 64-bit hash in two signed halves of 32 bits: small integers to the engine, so that neither is allocated. */
export interface Hash64 {
  /** Upper half. */
  readonly hi: number
  /** Lower half. */
  readonly lo: number
}

/** The number zero, and the default seed. */
export const zeroHash: Hash64 = Object.freeze({ hi: 0, lo: 0 })

/** Envoy's mix of several hashes: `rotl1(previous) ^ next`, so that two equal ones do not cancel out. */
export function mixHashes(previous: Hash64, next: Hash64): Hash64 {
  return {
    hi: ((previous.hi << 1) | (previous.lo >>> 31)) ^ next.hi,
    lo: ((previous.lo << 1) | (previous.hi >>> 31)) ^ next.lo,
  }
}

/** Remainder of a division by `n`, at most 2^26. */
export function hashModulo(hash: Hash64, n: number): number {
  return (((hash.hi >>> 0) % n) * (4_294_967_296 % n) + (hash.lo >>> 0)) % n
}

/** Any hash, for a call that has none of its own. */
export function randomHash(random: Random): Hash64 {
  return { hi: (random() * 4_294_967_296) | 0, lo: (random() * 4_294_967_296) | 0 }
}

/** Sixteen hexadecimal digits. */
export function hashToHex(hash: Hash64): string {
  return digits(hash.hi) + digits(hash.lo)
}

function digits(half: number): string {
  return (half >>> 0).toString(16).padStart(8, '0')
}
