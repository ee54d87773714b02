import { describe, expect, it } from 'vitest'
import { Waiter } from '../../../src/resilience/concurrency/waiter.js'
import { callTo } from '../upstream.js'

describe('a waiter', () => {
  it.each([
    ['its turn', (waiter: Waiter) => waiter.grant(), 'granted'],
    ['a cancellation', (waiter: Waiter) => waiter.cancel('gone'), 'gone'],
    [
      'its deadline',
      (waiter: Waiter) => waiter.expire(),
      expect.objectContaining({ code: 'ERR_MESH_TIMEOUT', origin: 'local' }),
    ],
  ])('leaves nothing behind after %s', async (_, end, outcome) => {
    const call = callTo()
    const queue = new Set<Waiter>()
    const told: unknown[] = []
    const waiter = new Waiter(
      call,
      queue,
      () => told.push('granted'),
      (reason) => told.push(reason),
    )
    let released = 0
    waiter.armed = { release: () => released++ }
    queue.add(waiter)
    call.attach(waiter)
    end(waiter)
    await Promise.resolve()
    expect(told).toEqual([outcome])
    expect({ released, queue: queue.size, phase: call.phase }).toEqual({ released: 1, queue: 0, phase: undefined })
  })
})
