import { describe, expect, it } from 'vitest'
import { parseArguments } from '../bench/harness/arguments.js'

describe('arguments', () => {
  it('name the suite and leave the rest to its defaults', () => {
    const options = parseArguments(['client'])
    expect(options).toMatchObject({ suite: 'client', quick: false, seed: 1, rounds: undefined, payloads: undefined })
    expect(options.filter.test('anything')).toBe(true)
  })

  it('choose dimensions by lists', () => {
    expect(parseArguments(['client', '--concurrency', '1,500', '--payload', '1MB'])).toMatchObject({
      concurrencies: [1, 500],
      payloads: ['1MB'],
    })
  })

  it('refuse a number that is none', () => {
    expect(() => parseArguments(['client', '--rounds', 'many'])).toThrow('--rounds must be a whole number')
  })
})
