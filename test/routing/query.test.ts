import { expect, it } from 'vitest'
import { pathOf } from '../../src/routing/query.js'

it.each([
  ['/a', '/a'],
  ['/a?b=/c', '/a'],
  ['/?', '/'],
])('the path of %s is %s', (target, path) => {
  expect(pathOf(target)).toBe(path)
})
