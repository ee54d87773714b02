import type { Hash64 } from '../../../src/core/hash/hash64.js'

/** The number that a hash stands for. */
export function big({ hi, lo }: Hash64): bigint {
  return (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0)
}

/** The hash that stands for a number. */
export function hash64(value: bigint): Hash64 {
  return { hi: Number(BigInt.asIntN(32, value >> 32n)), lo: Number(BigInt.asIntN(32, value)) }
}
