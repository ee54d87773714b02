import { expect, it } from 'vitest'
import { HeaderMap } from '../../../src/core/headers.js'
import { urgencyOf } from '../../../src/resilience/concurrency/priority.js'

it.each([
  ['u=0', 0],
  ['i, u=5', 5],
  ['u=1;x=2, i', 1],
  ['u=1, u=7', 7],
  ['u=8', 3],
  ['u=-1', 3],
  ['u=12', 3],
  ['xu=1', 3],
  ['', 3],
])('the priority "%s" is as urgent as %i', (value, urgency) => {
  expect(urgencyOf(HeaderMap.from({ priority: value }))).toBe(urgency)
})
