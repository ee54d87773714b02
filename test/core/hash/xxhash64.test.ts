import fc from 'fast-check'
import { expect, it } from 'vitest'
import { xxHash64, xxHash64Series } from '../../../src/core/hash/xxhash64.js'
import { big, hash64 } from './big.js'

it.each([
  ['', 17241709254077376921n],
  ['foo', 3728699739546630719n],
  ['bar', 5234164152756840025n],
  ['foo\nbar', 8917841378505826757n],
  ['lyft', 4400747396090729504n],
])('%j hashes as in Envoy’s hash_test', (text, expected) => {
  expect(big(xxHash64(text))).toBe(expected)
})

it('a former hash as the seed chains, as Envoy hashes several strings', () => {
  expect(big(xxHash64('bar', xxHash64('foo')))).toBe(17745830980996999794n)
})

const mask = (1n << 64n) - 1n
const primes = {
  p1: 0x9e3779b185ebca87n,
  p2: 0xc2b2ae3d27d4eb4fn,
  p3: 0x165667b19e3779f9n,
  p4: 0x85ebca77c2b2ae63n,
  p5: 0x27d4eb2f165667c5n,
}

/** The specification in BigInt: slow, and written without the other in view. */
function specified(bytes: Buffer, seed: bigint): bigint {
  const { p1, p2, p3, p4, p5 } = primes
  const rotl = (x: bigint, by: bigint): bigint => ((x << by) | (x >> (64n - by))) & mask
  const round = (acc: bigint, lane: bigint): bigint => (rotl((acc + lane * p2) & mask, 31n) * p1) & mask
  let at = 0
  let hash = (seed + p5) & mask
  if (bytes.length >= 32) {
    const v = [seed + p1 + p2, seed + p2, seed, seed - p1].map((x) => x & mask)
    for (; at + 32 <= bytes.length; at += 32)
      for (const [i, x] of v.entries()) v[i] = round(x, bytes.readBigUInt64LE(at + 8 * i))
    hash = v.reduce((sum, x, i) => sum + rotl(x, [1n, 7n, 12n, 18n][i] ?? 0n), 0n) & mask
    for (const x of v) hash = ((hash ^ round(0n, x)) * p1 + p4) & mask
  }
  hash = (hash + BigInt(bytes.length)) & mask
  for (; at + 8 <= bytes.length; at += 8)
    hash = (rotl(hash ^ round(0n, bytes.readBigUInt64LE(at)), 27n) * p1 + p4) & mask
  for (; at + 4 <= bytes.length; at += 4)
    hash = (rotl(hash ^ ((BigInt(bytes.readUInt32LE(at)) * p1) & mask), 23n) * p2 + p3) & mask
  for (; at < bytes.length; at++) hash = (rotl(hash ^ ((BigInt(bytes[at] ?? 0) * p5) & mask), 11n) * p1) & mask
  hash = ((hash ^ (hash >> 33n)) * p2) & mask
  hash = ((hash ^ (hash >> 29n)) * p3) & mask
  return hash ^ (hash >> 32n)
}

it('agrees with the specification for any bytes and seed', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), fc.bigInt({ min: 0n, max: mask }), (array, seed) => {
      const bytes = Buffer.from(array)
      expect(big(xxHash64(bytes.toString('latin1'), hash64(seed)))).toBe(specified(bytes, seed))
    }),
  )
})

it('characters up to 255 are bytes as headers carry them; a text with others is UTF-8', () => {
  expect(big(xxHash64('é'))).toBe(specified(Buffer.from([0xe9]), 0n))
  expect(big(xxHash64('é→'))).toBe(specified(Buffer.from('é→'), 0n))
})

it('a series is the hashes of a prefix and its numbers', () => {
  for (const prefix of ['10.0.0.1:80_', 'ünïcode_', 'größe→_', '']) {
    const hi = new Uint32Array(1_205)
    const lo = new Uint32Array(1_205)
    xxHash64Series(prefix, 1_200, hi, lo, 5)
    for (let n = 0; n < 1_200; n++)
      expect(big({ hi: hi[n + 5] ?? 0, lo: lo[n + 5] ?? 0 })).toBe(big(xxHash64(`${prefix}${n}`)))
  }
})
