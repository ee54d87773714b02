import { expect, it } from 'vitest'
import { staticResolver } from '../../src/discovery/index.js'

it('static endpoints are known at once, and stopping is harmless', () => {
  const endpoints = [{ url: 'http://h:1' }]
  const seen: unknown[] = []
  const stop = staticResolver(endpoints).watch((list) => seen.push(list))
  expect(seen).toEqual([endpoints])
  stop()
})
