import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { matchesIntegrity } from '../../../src/adapters/fetch/integrity.js'

const bytes = Buffer.from('abc')
const right = (kind: string): string => `${kind}-${createHash(kind).update(bytes).digest('base64')}`
const wrong = (kind: string): string => `${kind}-${createHash(kind).update('other').digest('base64')}`

describe('matchesIntegrity', () => {
  it.each([
    ['the digest', right('sha256'), true],
    ['another', wrong('sha256'), false],
    ['one of several', `${wrong('sha384')} ${right('sha384')}`, true],
    ['only the strongest kind counts, be it first', `${wrong('sha512')} ${right('sha256')}`, false],
    ['or last', `${right('sha256')} ${wrong('sha512')}`, false],
    ['a stronger one that holds', `${wrong('sha256')}\n${right('sha512')}`, true],
    [
      'URL-safe base64 without padding',
      right('sha256').replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, ''),
      true,
    ],
    ['with options', `${right('sha256')}?ct=text/plain`, true],
    ['no kind that we know', 'md5-x nonsense', true],
    ['nothing', '', true],
  ])('%s', (_name, integrity, expected) => {
    expect(matchesIntegrity(bytes, integrity)).toBe(expected)
  })
})
