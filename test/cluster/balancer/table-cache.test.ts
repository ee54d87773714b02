import { expect, it, vi } from 'vitest'
import type { HashTable } from '../../../src/cluster/balancer/hash-table.js'
import { tableOver } from '../../../src/cluster/balancer/table-cache.js'
import { weighted } from '../scaffold.js'

const builder = () => vi.fn((): HashTable => ({ indexOf: () => 0 }))

it('an equal list finds the table that was built, from a snapshot before, too', () => {
  const endpoints = weighted(1, 2)
  const build = builder()
  const table = tableOver('ring', build, endpoints, {})
  expect(tableOver('ring', build, [...endpoints], {})).toBe(table)
  expect(build).toHaveBeenCalledOnce()
})

it('another list, weight, name, algorithm or size is another table', () => {
  const endpoints = weighted(1, 2, 3)
  const build = builder()
  tableOver('ring', build, endpoints, {})
  tableOver('ring', build, endpoints.slice(0, 2), {})
  tableOver('ring', build, endpoints, { minimumRingSize: 64 })
  tableOver('ring', build, endpoints, { tableSize: 7 })
  tableOver('maglev', build, endpoints, {})
  for (const endpoint of endpoints) endpoint.weight = 9
  tableOver('ring', build, endpoints, {})
  for (const endpoint of endpoints) endpoint.hostname = 'other'
  tableOver('ring', build, endpoints, { useHostname: true })
  expect(build).toHaveBeenCalledTimes(7)
})

it('only the last eight are kept', () => {
  const endpoints = weighted(1)
  const build = builder()
  for (let size = 1; size <= 9; size++) tableOver('ring', build, endpoints, { minimumRingSize: size })
  tableOver('ring', build, endpoints, { minimumRingSize: 9 })
  tableOver('ring', build, endpoints, { minimumRingSize: 2 })
  expect(build).toHaveBeenCalledTimes(9)
  tableOver('ring', build, endpoints, { minimumRingSize: 1 })
  expect(build).toHaveBeenCalledTimes(10)
})

it('no endpoints are no table', () => {
  expect(tableOver('ring', builder(), [], {})).toBeUndefined()
})
