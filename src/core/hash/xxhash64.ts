import { type Hash64, zeroHash } from './hash64.js'

// The five primes of xxHash64, in halves. BigInt would say it more simply, and be twenty times slower.
const p1h = 0x9e3779b1 | 0
const p1l = 0x85ebca87 | 0
const p2h = 0xc2b2ae3d | 0
const p2l = 0x27d4eb4f | 0
const p3h = 0x165667b1 | 0
const p3l = 0x9e3779f9 | 0
const p4h = 0x85ebca77 | 0
const p4l = 0xc2b2ae63 | 0
const p5h = 0x27d4eb2f | 0
const p5l = 0x165667c5 | 0

let bytes = new DataView(new ArrayBuffer(256))

/** Upper half of a product of 64-bit numbers; the lower is `Math.imul` of theirs. */
function timesHigh(ah: number, al: number, bh: number, bl: number): number {
  const a0 = al & 0xffff
  const a1 = al >>> 16
  const b0 = bl & 0xffff
  const b1 = bl >>> 16
  // Products of 16 by 16 bits fill 32: they are summed in parts that do not overflow.
  const cross = (Math.imul(a1, b0) + (Math.imul(a0, b0) >>> 16)) >>> 0
  const middle = (Math.imul(a0, b1) + (cross & 0xffff)) >>> 0
  const carried = (Math.imul(a1, b1) + (cross >>> 16) + (middle >>> 16)) | 0
  return (carried + Math.imul(al, bh) + Math.imul(ah, bl)) | 0
}

/** What the lower halves of a sum carry into the upper. */
function carry(sum: number, term: number): number {
  return sum >>> 0 < term >>> 0 ? 1 : 0
}

/** Scrambled input: `rotl31(acc + lane * p2) * p1`, upper half. */
function roundHigh(ah: number, al: number, lh: number, ll: number): number {
  const pl = Math.imul(ll, p2l)
  const sl = (al + pl) | 0
  const sh = (ah + timesHigh(lh, ll, p2h, p2l) + carry(sl, pl)) | 0
  return timesHigh((sh << 31) | (sl >>> 1), (sl << 31) | (sh >>> 1), p1h, p1l)
}

/** And its lower half. */
function roundLow(ah: number, al: number, lh: number, ll: number): number {
  const pl = Math.imul(ll, p2l)
  const sl = (al + pl) | 0
  const sh = (ah + timesHigh(lh, ll, p2h, p2l) + carry(sl, pl)) | 0
  return Math.imul((sl << 31) | (sh >>> 1), p1l)
}

/** Four accumulators, upper half first, and what they are merged into. */
const acc = new Int32Array(8)
const turns = [1, 7, 12, 18] as const

/** 32 bytes at a time; returns how far it came. */
function stripes(length: number, seed: Hash64): number {
  const { hi, lo } = seed
  const p12l = (p1l + p2l) | 0
  const p12h = (p1h + p2h + carry(p12l, p1l)) | 0
  const starts = [
    [p12h, p12l],
    [p2h, p2l],
    [0, 0],
    [~p1h, -p1l],
  ] as const
  for (const [i, [sh, sl]] of starts.entries()) {
    const sum = (lo + sl) | 0
    acc[2 * i] = hi + sh + carry(sum, sl)
    acc[2 * i + 1] = sum
  }
  let at = 0
  for (; at + 32 <= length; at += 32)
    for (let i = 0; i < 8; i += 2) {
      const ah = acc[i] ?? 0
      const al = acc[i + 1] ?? 0
      const ll = bytes.getInt32(at + 4 * i, true)
      const lh = bytes.getInt32(at + 4 * i + 4, true)
      acc[i] = roundHigh(ah, al, lh, ll)
      acc[i + 1] = roundLow(ah, al, lh, ll)
    }
  return at
}

/** The accumulators in one. */
function merged(): Hash64 {
  let hi = 0
  let lo = 0
  for (let i = 0; i < 4; i++) {
    const ah = acc[2 * i] ?? 0
    const al = acc[2 * i + 1] ?? 0
    const by = turns[i] ?? 0
    const rl = (al << by) | (ah >>> (32 - by))
    lo = (lo + rl) | 0
    hi = (hi + ((ah << by) | (al >>> (32 - by))) + carry(lo, rl)) | 0
  }
  for (let i = 0; i < 8; i += 2) {
    const ah = acc[i] ?? 0
    const al = acc[i + 1] ?? 0
    const xh = hi ^ roundHigh(0, 0, ah, al)
    const xl = lo ^ roundLow(0, 0, ah, al)
    lo = (Math.imul(xl, p1l) + p4l) | 0
    hi = (timesHigh(xh, xl, p1h, p1l) + p4h + carry(lo, p4l)) | 0
  }
  return { hi, lo }
}

function digest(length: number, seed: Hash64): Hash64 {
  let at = 0
  let hi: number
  let lo: number
  if (length >= 32) {
    at = stripes(length, seed)
    ;({ hi, lo } = merged())
  } else {
    lo = (seed.lo + p5l) | 0
    hi = (seed.hi + p5h + carry(lo, p5l)) | 0
  }
  lo = (lo + length) | 0
  hi = (hi + carry(lo, length)) | 0
  for (; at + 8 <= length; at += 8) {
    const ll = bytes.getInt32(at, true)
    const lh = bytes.getInt32(at + 4, true)
    const xh = hi ^ roundHigh(0, 0, lh, ll)
    const xl = lo ^ roundLow(0, 0, lh, ll)
    const rh = (xh << 27) | (xl >>> 5)
    const rl = (xl << 27) | (xh >>> 5)
    lo = (Math.imul(rl, p1l) + p4l) | 0
    hi = (timesHigh(rh, rl, p1h, p1l) + p4h + carry(lo, p4l)) | 0
  }
  if (at + 4 <= length) {
    const word = bytes.getInt32(at, true)
    const xh = hi ^ timesHigh(0, word, p1h, p1l)
    const xl = lo ^ Math.imul(word, p1l)
    const rh = (xh << 23) | (xl >>> 9)
    const rl = (xl << 23) | (xh >>> 9)
    lo = (Math.imul(rl, p2l) + p3l) | 0
    hi = (timesHigh(rh, rl, p2h, p2l) + p3h + carry(lo, p3l)) | 0
    at += 4
  }
  for (; at < length; at++) {
    const byte = bytes.getUint8(at)
    const xh = hi ^ timesHigh(0, byte, p5h, p5l)
    const xl = lo ^ Math.imul(byte, p5l)
    const rh = (xh << 11) | (xl >>> 21)
    const rl = (xl << 11) | (xh >>> 21)
    hi = timesHigh(rh, rl, p1h, p1l)
    lo = Math.imul(rl, p1l)
  }
  return avalanche(hi, lo)
}

function avalanche(ah: number, al: number): Hash64 {
  const bl = al ^ (ah >>> 1)
  const ch = timesHigh(ah, bl, p2h, p2l)
  const cl = Math.imul(bl, p2l)
  const dh = ch ^ (ch >>> 29)
  const dl = cl ^ ((ch << 3) | (cl >>> 29))
  const hi = timesHigh(dh, dl, p3h, p3l)
  return { hi, lo: Math.imul(dl, p3l) ^ hi }
}

/** Writes the text's bytes; returns how many. */
function load(text: string): number {
  if (text.length > bytes.byteLength) bytes = new DataView(new ArrayBuffer(2 * text.length))
  let all = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    all |= code
    bytes.setUint8(i, code)
  }
  return all < 256 ? text.length : load(Buffer.from(text).toString('latin1'))
}

/**
 * xxHash64, the hash of Envoy's consistent hashing. The text stands for the bytes on the wire, one a character, as
 * headers do; a text with other characters is hashed as UTF-8.
 */
export function xxHash64(text: string, seed: Hash64 = zeroHash): Hash64 {
  return digest(load(text), seed)
}

const zeros = '0000000000'

/** The hashes of `prefix + 0`, `prefix + 1` and so on, by halves, from `at` on: many at once cost a third. */
export function xxHash64Series(prefix: string, count: number, hi: Uint32Array, lo: Uint32Array, at: number): void {
  const length = load(prefix + zeros) - zeros.length
  for (let n = 0; n < count; n++) {
    let digits = 1
    for (let limit = 10; n >= limit; limit *= 10) digits++
    let rest = n
    for (let i = digits - 1; i >= 0; i--) {
      const tens = Math.floor(rest / 10)
      bytes.setUint8(length + i, 48 + rest - 10 * tens)
      rest = tens
    }
    const hash = digest(length + digits, zeroHash)
    hi[at + n] = hash.hi
    lo[at + n] = hash.lo
  }
}
