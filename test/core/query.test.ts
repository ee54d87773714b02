import { expect, it } from 'vitest'
import { queryValue } from '../../src/core/query.js'

it.each([
  ['/', 'k', undefined],
  ['/?', 'k', undefined],
  ['/?k', 'k', ''],
  ['/?k=', 'k', ''],
  ['/?k=1', 'k', '1'],
  ['/?k=1&k=2', 'k', '1'],
  ['/?a=k&k=2', 'k', '2'],
  ['/?kk=1&k=2', 'k', '2'],
  ['/?x=k=1', 'k', undefined],
  ['/?k=a%20b', 'k', 'a%20b'],
  ['/?%6b=1', 'k', undefined],
  ['/?k=a=b', 'k', 'a=b'],
  ['/?k=1?k=2', 'k', '1?k=2'],
  ['/k=9?j=1&&k', 'k', ''],
])('in %s the parameter %s is %j', (target, name, value) => {
  expect(queryValue(target, name)).toBe(value)
})
