/** Tags of the universal types that certificates are made of. */
export const tag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const

function lengthBytes(length: number): number[] {
  if (length < 0x80) return [length]
  const bytes: number[] = []
  for (let rest = length; rest > 0; rest >>>= 8) bytes.unshift(rest & 0xff)
  return [0x80 | bytes.length, ...bytes]
}

/** One DER element: tag, length, and the parts of its content in order. */
export function element(tagByte: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([tagByte, ...lengthBytes(content.length)]), content])
}

/** SEQUENCE of the parts. */
export function sequence(...parts: readonly Uint8Array[]): Buffer {
  return element(tag.sequence, ...parts)
}

/** INTEGER that is not negative, from its big-endian bytes, in the fewest bytes as DER wants it. */
export function integer(bytes: Uint8Array): Buffer {
  let start = 0
  while (start < bytes.length - 1 && bytes[start] === 0) start++
  const trimmed = bytes.subarray(start)
  const sign = (trimmed[0] ?? 0) >= 0x80 ? Buffer.from([0]) : Buffer.alloc(0)
  return element(tag.integer, sign, trimmed)
}

/** BOOLEAN. */
export function boolean(value: boolean): Buffer {
  return element(tag.boolean, Buffer.from([value ? 0xff : 0]))
}

/** BIT STRING of whole bytes, less `unused` bits at its end. */
export function bitString(bytes: Uint8Array, unused = 0): Buffer {
  return element(tag.bitString, Buffer.from([unused]), bytes)
}

/** OCTET STRING. */
export function octetString(bytes: Uint8Array): Buffer {
  return element(tag.octetString, bytes)
}

/** UTF8String. */
export function utf8String(text: string): Buffer {
  return element(tag.utf8String, Buffer.from(text))
}

/** OBJECT IDENTIFIER from its dotted form. */
export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  const bytes: number[] = []
  for (const arc of [first * 40 + second, ...rest]) {
    const groups = [arc & 0x7f]
    for (let left = arc >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80)
    bytes.push(...groups)
  }
  return element(tag.oid, Buffer.from(bytes))
}

/** A moment, to the second: UTCTime up to 2049, GeneralizedTime from then on, as RFC 5280 demands. */
export function time(ms: number): Buffer {
  const digits = new Date(ms)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(/[-:T]/g, '')
  return digits < '2050'
    ? element(tag.utcTime, Buffer.from(digits.slice(2)))
    : element(tag.generalizedTime, Buffer.from(digits))
}

/** Context-specific tag `[n]` around whole elements. */
export function explicit(n: number, ...parts: readonly Uint8Array[]): Buffer {
  return element(0xa0 | n, ...parts)
}

/** Context-specific tag `[n]` in place of a primitive element's own. */
export function implicit(n: number, content: Uint8Array): Buffer {
  return element(0x80 | n, content)
}
