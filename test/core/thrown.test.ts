import { describe, expect, it } from 'vitest'
import { errorOf, messageOf } from '../../src/core/thrown.js'

describe('what code of others throws', () => {
  it('is itself where it is an Error', () => {
    const error = new TypeError('no')
    expect(errorOf(error)).toBe(error)
    expect(messageOf(error)).toBe('no')
  })

  it.each<[string, unknown, string]>([
    ['a text', 'broken', 'broken'],
    ['nothing', undefined, 'undefined'],
    ['an object without a prototype', Object.create(null), 'a value without a text'],
    [
      'an object whose text throws',
      {
        toString() {
          throw new Error('again')
        },
      },
      'a value without a text',
    ],
  ])('is the cause of an Error where it is %s', (_what, thrown, message) => {
    expect(errorOf(thrown)).toMatchObject({ message, cause: thrown })
    expect(messageOf(thrown)).toBe(message)
  })
})
