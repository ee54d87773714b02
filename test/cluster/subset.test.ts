import { expect, it } from 'vitest'
import { selector } from '../../src/cluster/subset.js'

it.each([
  [{}, {}, true],
  [{}, { version: 'v1' }, true],
  [{ version: 'v1' }, { version: 'v1', zone: 'a' }, true],
  [{ version: 'v1', zone: 'a' }, { version: 'v1' }, false],
  [{ version: 'v1' }, { version: 'v2' }, false],
  [{ version: 'v1' }, {}, false],
  [{ toString: 'x' }, {}, false],
])('subset %j selects %j: %s', (subset, labels, expected) => {
  expect(selector(subset)(labels)).toBe(expected)
})
