import { describe, expect, it } from 'vitest'
import { children, DerError, readElement, readObjectIdentifier } from '../../../src/identity/x509/der-reader.js'
import {
  bitString,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  tag,
  time,
} from '../../../src/identity/x509/der-writer.js'
import { oid } from '../../../src/identity/x509/oids.js'

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex')

describe('DER writing', () => {
  it.each([
    ['a short length in one byte', octetString(Buffer.alloc(3)), '04 03 000000'],
    ['an integer in the fewest bytes', integer(bytes('0000 7f')), '02 01 7f'],
    ['an integer that would read as negative with a zero in front', integer(bytes('80')), '02 02 0080'],
    ['zero as one byte', integer(bytes('00')), '02 01 00'],
    ['an object identifier with arcs beyond 127', objectIdentifier('1.2.840.10045.4.3.2'), '06 08 2a8648ce3d040302'],
    ['unused bits of a bit string', bitString(bytes('80'), 7), '03 02 0780'],
    [
      '2049 as UTCTime',
      time(Date.UTC(2049, 11, 31, 23, 59, 59)),
      `17 0d ${Buffer.from('491231235959Z').toString('hex')}`,
    ],
    ['2050 as GeneralizedTime', time(Date.UTC(2050, 0, 1)), `18 0f ${Buffer.from('20500101000000Z').toString('hex')}`],
  ])('writes %s', (_fact, written, hex) => {
    expect(written).toEqual(bytes(hex))
  })

  it('writes long lengths in as many bytes as they need', () => {
    expect(octetString(Buffer.alloc(200)).subarray(0, 3)).toEqual(bytes('04 81 c8'))
    expect(octetString(Buffer.alloc(70_000)).subarray(0, 5)).toEqual(bytes('04 83 011170'))
  })
})

describe('DER reading', () => {
  it('reads back what was written', () => {
    const parts = children(readElement(sequence(objectIdentifier(oid.subjectAltName), octetString(Buffer.alloc(300)))))
    expect(readObjectIdentifier(parts[0])).toBe('2.5.29.17')
    expect(parts[1]?.content.length).toBe(300)
    expect(parts[1]?.tag).toBe(tag.octetString)
  })

  it.each([
    ['nothing', ''],
    ['an indefinite length', '30 80 0000'],
    ['a length longer than it need be', '04 81 03 000000'],
    ['a length with a leading zero', `04 82 0080 ${'00'.repeat(128)}`],
    ['an element longer than its holder', '04 05 00'],
    ['bytes after the element', '04 01 00 00'],
    ['a tag of several bytes', '1f 01 00'],
    ['a length of five bytes', '04 85 0000000001 00'],
  ])('refuses %s', (_fact, hex) => {
    expect(() => readElement(bytes(hex))).toThrow(DerError)
  })
})
