import { expect, it } from 'vitest'
import { distance, localityMatches, parseLocality } from '../../../src/cluster/locality/locality.js'

it.each([
  ['us/east/1', 'us/east/1', 0],
  ['us/east/1', 'us/east/2', 1],
  ['us/east', 'us/east/2', 1],
  ['us/east/1', 'us/west/1', 2],
  ['us', 'us/west', 2],
  ['us/east/1', 'eu/east/1', 3],
  ['us/east/1', undefined, 3],
  [undefined, undefined, 0],
])('from %s to %s it is %i steps', (a, b, steps) => {
  expect(distance(parseLocality(a), parseLocality(b))).toBe(steps)
})

it.each([
  ['*', 'us/east/1', true],
  ['us', 'us/east/1', true],
  ['us/*', 'us/east/1', true],
  ['us/east', 'us/east/1', true],
  ['us/east/*', 'us/east', true],
  ['us/east/2', 'us/east/1', false],
  ['us/west', 'us/east/1', false],
  ['eu', 'us/east/1', false],
  ['*/east', 'us/east/1', true],
  ['us', undefined, false],
  ['*', undefined, true],
])('the rule %s means %s: %s', (rule, locality, expected) => {
  expect(localityMatches(rule, parseLocality(locality))).toBe(expected)
})
