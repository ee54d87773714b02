import { expect, it } from 'vitest'
import { retryLoads } from '../../../src/cluster/priority/previous-priorities.js'

const well = { healthy: 10, total: 10 }
const ill = { healthy: 0, total: 10 }

it.each([
  { tried: [], levels: [well, well], loads: undefined, why: 'nothing was tried' },
  { tried: [0], levels: [well, well], loads: undefined, why: 'one attempt is too few to look' },
  { tried: [0, 0], levels: [well, well], loads: [0, 100], why: 'two attempts' },
  { tried: [0, 0, 1], levels: [well, well], loads: [0, 100], why: 'the third goes by what the second found' },
  { tried: [0, 1], levels: [well, well, well], loads: [0, 0, 100], why: 'both were tried' },
  { tried: [0, 0], levels: [well, ill, well], loads: [0, 0, 100], why: 'nobody is well in the second' },
  { tried: [0, 0, 1, 1], levels: [well, well], loads: [100, 0], why: 'all were tried: anywhere again' },
  { tried: [0, 0, 1, 1, 0], levels: [well, well], loads: undefined, why: 'and counted from the beginning' },
  { tried: [0, 0], levels: [ill, ill], loads: undefined, why: 'nobody is well anywhere: as the first attempt' },
])('a retry after priorities $tried: $loads, as $why', ({ tried, levels, loads }) => {
  expect(retryLoads(tried, levels)).toEqual(loads)
})
