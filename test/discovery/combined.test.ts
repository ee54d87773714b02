import { expect, it } from 'vitest'
import { combinedResolver } from '../../src/discovery/combined.js'
import type { OnDiscoveryFailure, OnEndpoints, Resolver } from '../../src/discovery/index.js'

function spoken(): Resolver & { found: OnEndpoints; failed: OnDiscoveryFailure; stopped: number } {
  const one = {
    found: (() => {}) as OnEndpoints,
    failed: (() => {}) as OnDiscoveryFailure,
    stopped: 0,
    watch(onEndpoints: OnEndpoints, onFailure: OnDiscoveryFailure) {
      one.found = onEndpoints
      one.failed = onFailure
      return () => {
        one.stopped++
      }
    },
  }
  return one
}

const at = (name: string, weight = 1): { url: string; weight: number } => ({ url: `http://${name}`, weight })

function bed(): {
  a: ReturnType<typeof spoken>
  b: ReturnType<typeof spoken>
  seen: unknown[]
  stop: () => void
} {
  const [a, b] = [spoken(), spoken()]
  const seen: unknown[] = []
  const stop = combinedResolver([a, b]).watch(
    (endpoints) => seen.push(endpoints),
    (error) => seen.push(error.message),
  )
  return { a, b, seen, stop }
}

it('reports nothing before all have answered, then all together in their order', () => {
  const { a, b, seen } = bed()
  b.found([at('b')])
  expect(seen).toEqual([])
  a.found([at('a')])
  expect(seen).toEqual([[at('a'), at('b')]])
})

it('a part that changes replaces its own part alone', () => {
  const { a, b, seen } = bed()
  a.found([at('a')])
  b.found([at('b')])
  a.found([at('c'), at('d')])
  expect(seen.at(-1)).toEqual([at('c'), at('d'), at('b')])
})

it('one that fails does not keep the others waiting, and is told after them', () => {
  const { a, b, seen } = bed()
  a.failed(new Error('no such name'))
  expect(seen).toEqual([])
  b.found([at('b')])
  expect(seen).toEqual([[at('b')], 'no such name'])
})

it('one that fails again and again is told as often, and finds nothing by it', () => {
  const { a, b, seen } = bed()
  a.found([at('a')])
  for (let i = 1; i <= 3; i++) b.failed(new Error(`failure ${i}`))
  expect(seen).toEqual([[at('a')], 'failure 1', 'failure 2', 'failure 3'])
})

it('one that fails twice before all have answered is told twice', () => {
  const { a, b, seen } = bed()
  b.failed(new Error('first'))
  b.failed(new Error('second'))
  a.found([at('a')])
  expect(seen).toEqual([[at('a')], 'first', 'second'])
})

it('all that fail are failures, and no empty set', () => {
  const { a, b, seen } = bed()
  a.failed(new Error('first'))
  b.failed(new Error('second'))
  expect(seen).toEqual(['first', 'second'])
})

it('of an address that two of them find, the first counts', () => {
  const { a, b, seen } = bed()
  a.found([at('x', 1)])
  b.found([at('x', 2), at('y')])
  expect(seen.at(-1)).toEqual([at('x', 1), at('y')])
})

it('stops all of them', () => {
  const { a, b, stop } = bed()
  stop()
  expect([a.stopped, b.stopped]).toEqual([1, 1])
})
