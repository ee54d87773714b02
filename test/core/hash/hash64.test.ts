import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hashModulo, hashToHex, mixHashes, randomHash } from '../../../src/core/hash/hash64.js'
import { big, hash64 } from './big.js'

const any = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n })

describe('a hash in halves', () => {
  it('has the remainders of the number', () => {
    fc.assert(
      fc.property(any, fc.integer({ min: 1, max: 2 ** 26 }), (value, n) => {
        expect(hashModulo(hash64(value), n)).toBe(Number(value % BigInt(n)))
      }),
    )
  })

  it('is mixed as rotl1(previous) ^ next', () => {
    fc.assert(
      fc.property(any, any, (previous, next) => {
        const rotated = BigInt.asUintN(64, previous << 1n) | (previous >> 63n)
        expect(big(mixHashes(hash64(previous), hash64(next)))).toBe(rotated ^ next)
      }),
    )
  })

  it('is written in sixteen digits', () => {
    expect(hashToHex(hash64(0n))).toBe('0000000000000000')
    expect(hashToHex(hash64(0x0123456789abcdefn))).toBe('0123456789abcdef')
  })

  it('is drawn from the whole range', () => {
    expect(big(randomHash(() => 0))).toBe(0n)
    expect(big(randomHash(() => 1 - Number.EPSILON / 2))).toBe(2n ** 64n - 1n)
  })
})
