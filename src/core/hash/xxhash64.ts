import { type Hash64, zeroHash } from './hash64.js'

// The five primes of xxHash64, in halves. BigInt would say it more simply, and be twenty times slower.
const p1hi = 0x9e3779b1 | 0
const p1lo = 0x85ebca87 | 0
const p2hi = 0xc2b2ae3d | 0
const p2lo = 0x27d4eb4f | 0
const p3hi = 0x165667b1 | 0
const p3lo = 0x9e3779f9 | 0
const p4hi = 0x85ebca77 | 0
const p4lo = 0xc2b2ae63 | 0
const p5hi = 0x27d4eb2f | 0
const p5lo = 0x165667c5 | 0

/** Registers of 64 bits: the upper half at `r`, the lower at `r + 1`. */
const reg = new Int32Array(12)
const hash = 0
const lane = 2
const lanes = 4

let bytes = new DataView(new ArrayBuffer(256))

function multiply(r: number, hi: number, lo: number): void {
  const a = reg[r + 1] ?? 0
  const al = a & 0xffff
  const ah = a >>> 16
  const bl = lo & 0xffff
  const bh = lo >>> 16
  const low = Math.imul(al, bl)
  const cross = Math.imul(ah, bl) + (low >>> 16)
  // Each product of 16 by 16 bits may fill 32: the sums are taken in parts that cannot overflow.
  const middle = Math.imul(al, bh) + (cross & 0xffff)
  const carried = Math.imul(ah, bh) + (cross >>> 16) + (middle >>> 16)
  reg[r] = carried + Math.imul(a, hi) + Math.imul(reg[r] ?? 0, lo)
  reg[r + 1] = Math.imul(a, lo)
}

function add(r: number, hi: number, lo: number): void {
  const low = ((reg[r + 1] ?? 0) >>> 0) + (lo >>> 0)
  reg[r] = (reg[r] ?? 0) + hi + (low > 0xffffffff ? 1 : 0)
  reg[r + 1] = low
}

function xor(r: number, hi: number, lo: number): void {
  reg[r] = (reg[r] ?? 0) ^ hi
  reg[r + 1] = (reg[r + 1] ?? 0) ^ lo
}

/** By 1 to 31 bits. */
function rotate(r: number, by: number): void {
  const hi = reg[r] ?? 0
  const lo = reg[r + 1] ?? 0
  reg[r] = (hi << by) | (lo >>> (32 - by))
  reg[r + 1] = (lo << by) | (hi >>> (32 - by))
}

function set(r: number, hi: number, lo: number): void {
  reg[r] = hi
  reg[r + 1] = lo
}

function round(r: number): void {
  rotate(r, 31)
  multiply(r, p1hi, p1lo)
}

/** Scrambles eight bytes into `lane`. */
function readLane(hi: number, lo: number): void {
  set(lane, hi, lo)
  multiply(lane, p2hi, p2lo)
}

/** 32 bytes at a time in four accumulators; returns how far it came. */
function stripes(length: number, seed: Hash64): number {
  for (let i = 0; i < 4; i++) set(lanes + 2 * i, seed.hi, seed.lo)
  add(lanes, p1hi, p1lo)
  add(lanes, p2hi, p2lo)
  add(lanes + 2, p2hi, p2lo)
  add(lanes + 6, ~p1hi, -p1lo)
  let at = 0
  for (; at + 32 <= length; at += 32)
    for (let i = 0; i < 4; i++) {
      const r = lanes + 2 * i
      readLane(bytes.getInt32(at + 8 * i + 4, true), bytes.getInt32(at + 8 * i, true))
      add(r, reg[lane] ?? 0, reg[lane + 1] ?? 0)
      round(r)
    }
  return at
}

const spread = [1, 7, 12, 18] as const

function merge(): void {
  set(hash, 0, 0)
  for (let i = 0; i < 4; i++) {
    const r = lanes + 2 * i
    set(lane, reg[r] ?? 0, reg[r + 1] ?? 0)
    rotate(lane, spread[i] ?? 0)
    add(hash, reg[lane] ?? 0, reg[lane + 1] ?? 0)
  }
  for (let i = 0; i < 4; i++) {
    const r = lanes + 2 * i
    readLane(reg[r] ?? 0, reg[r + 1] ?? 0)
    round(lane)
    xor(hash, reg[lane] ?? 0, reg[lane + 1] ?? 0)
    multiply(hash, p1hi, p1lo)
    add(hash, p4hi, p4lo)
  }
}

function digest(length: number, seed: Hash64): Hash64 {
  let at = 0
  if (length >= 32) {
    at = stripes(length, seed)
    merge()
  } else {
    set(hash, seed.hi, seed.lo)
    add(hash, p5hi, p5lo)
  }
  add(hash, 0, length)
  for (; at + 8 <= length; at += 8) {
    readLane(bytes.getInt32(at + 4, true), bytes.getInt32(at, true))
    round(lane)
    xor(hash, reg[lane] ?? 0, reg[lane + 1] ?? 0)
    rotate(hash, 27)
    multiply(hash, p1hi, p1lo)
    add(hash, p4hi, p4lo)
  }
  if (at + 4 <= length) {
    set(lane, 0, bytes.getInt32(at, true))
    multiply(lane, p1hi, p1lo)
    xor(hash, reg[lane] ?? 0, reg[lane + 1] ?? 0)
    rotate(hash, 23)
    multiply(hash, p2hi, p2lo)
    add(hash, p3hi, p3lo)
    at += 4
  }
  for (; at < length; at++) {
    set(lane, 0, bytes.getUint8(at))
    multiply(lane, p5hi, p5lo)
    xor(hash, reg[lane] ?? 0, reg[lane + 1] ?? 0)
    rotate(hash, 11)
    multiply(hash, p1hi, p1lo)
  }
  return avalanche()
}

function avalanche(): Hash64 {
  const hi = reg[hash] ?? 0
  xor(hash, 0, hi >>> 1)
  multiply(hash, p2hi, p2lo)
  const next = reg[hash] ?? 0
  xor(hash, next >>> 29, (next << 3) | ((reg[hash + 1] ?? 0) >>> 29))
  multiply(hash, p3hi, p3lo)
  const last = reg[hash] ?? 0
  return { hi: last, lo: (reg[hash + 1] ?? 0) ^ last }
}

/** Copies the characters, which must be bytes; false when one is more. */
function load(text: string): boolean {
  if (text.length > bytes.byteLength) bytes = new DataView(new ArrayBuffer(2 * text.length))
  let all = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    all |= code
    bytes.setUint8(i, code)
  }
  return all < 256
}

/**
 * xxHash64, the hash of Envoy's consistent hashing. The text stands for the bytes on the wire, one a character, as
 * headers do; a text with other characters is hashed as UTF-8.
 */
export function xxHash64(text: string, seed: Hash64 = zeroHash): Hash64 {
  if (load(text)) return digest(text.length, seed)
  const utf8 = Buffer.from(text).toString('latin1')
  load(utf8)
  return digest(utf8.length, seed)
}
