import { AsyncLocalStorage } from 'node:async_hooks'
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { ReplyBatch } from '../../../../src/adapters/node/replies/batch.js'

let nowMs = 0
const clock = { now: () => nowMs }

/** Writers that say when they write. */
function writers(written: string[]): (name: string) => { write: () => void } {
  return (name) => ({ write: () => written.push(name) })
}

describe('replies of one turn', () => {
  afterEach(() => {
    vi.useRealTimers()
    vi.restoreAllMocks()
  })

  it('are written when it ends, in the order in which they got ready', async () => {
    const written: string[] = []
    const writer = writers(written)
    const batch = new ReplyBatch(clock)
    batch.add(writer('first'))
    batch.add(writer('second'))
    await Promise.resolve()
    expect(written).toEqual([])
    await turn()
    expect(written).toEqual(['first', 'second'])
  })

  it('are written at their own turn each', async () => {
    const written: string[] = []
    const writer = writers(written)
    const batch = new ReplyBatch(clock)
    batch.add(writer('first'))
    await turn()
    batch.add(writer('second'))
    expect(written).toEqual(['first'])
    await turn()
    expect(written).toEqual(['first', 'second'])
  })

  it('do not wait for a request that begins half a millisecond later', () => {
    const written: string[] = []
    const writer = writers(written)
    const batch = new ReplyBatch(clock)
    batch.add(writer('first'))
    nowMs += 0.4
    batch.begin()
    batch.add(writer('second'))
    expect(written).toEqual([])
    nowMs += 0.2
    batch.begin()
    expect(written).toEqual(['first', 'second'])
  })

  it('count from the first that waits', () => {
    const written: string[] = []
    const batch = new ReplyBatch(clock)
    batch.add(writers(written)('first'))
    nowMs += 0.6
    batch.begin()
    batch.add(writers(written)('second'))
    nowMs += 0.4
    batch.begin()
    expect(written).toEqual(['first'])
  })

  it('are not to wait where they have waited long for other code', async () => {
    const batch = new ReplyBatch(clock)
    expect(batch.isOpen).toBe(true)
    batch.add(writers([])('first'))
    nowMs += 21
    await turn()
    expect(batch.isOpen).toBe(false)
    nowMs += 100
    expect(batch.isOpen).toBe(true)
  })

  it('are written in the async context that ended them', async () => {
    const storage = new AsyncLocalStorage<string>()
    const seen: unknown[] = []
    const batch = new ReplyBatch(clock)
    const writer = { write: () => seen.push(storage.getStore()) }
    storage.run('one', () => batch.add(writer))
    storage.run('two', () => batch.add(writer))
    batch.add(writer)
    await turn()
    expect(seen).toEqual(['one', 'two', undefined])
  })

  it('are all written although one throws', async () => {
    const written: string[] = []
    const writer = writers(written)
    const batch = new ReplyBatch(clock)
    batch.add(writer('first'))
    batch.add({
      write: () => {
        throw new Error('a writer of its own')
      },
    })
    batch.add(writer('third'))
    expect(() => batch.writeAll()).toThrow('a writer of its own')
    await turn()
    expect(written).toEqual(['first', 'third'])
  })

  it('do not wait for fake timers', async () => {
    vi.useFakeTimers({ toFake: ['setImmediate'] })
    const written: string[] = []
    new ReplyBatch(clock).add(writers(written)('first'))
    vi.useRealTimers()
    await turn()
    expect(written).toEqual(['first'])
  })
})
