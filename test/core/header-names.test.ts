import { describe, expect, it } from 'vitest'
import { HeaderNames } from '../../src/core/header-names.js'

const names = new HeaderNames('te', 'connection')

describe('a set of header names', () => {
  it.each(['te', 'TE', 'Connection', 'CONNECTION'])('has %s, whatever its case', (name) => {
    expect(names.has(name)).toBe(true)
  })

  it.each(['', 'tE ', 'ab', 'keep-alive', 'x'.repeat(100)])('has no "%s"', (name) => {
    expect(names.has(name)).toBe(false)
  })
})
