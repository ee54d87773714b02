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

  it('wait for each other for half a millisecond, where no request begins', () => {
    const written: string[] = []
    const writer = writers(written)
    const batch = new ReplyBatch(clock)
    batch.add(writer('first'))
    nowMs += 0.4
    batch.add(writer('second'))
    expect(written).toEqual([])
    nowMs += 0.2
    batch.add(writer('third'))
    expect(written).toEqual(['first', 'second', 'third'])
  })

  it('are not to wait where they have waited long for other code', async () => {
    const batch = new ReplyBatch(clock)
    expect(batch.opens()).toBe(true)
    batch.add(writers([])('first'))
    nowMs += 21
    await turn()
    expect(batch.opens()).toBe(false)
    nowMs += 100
    expect(batch.opens()).toBe(true)
  })

  it('are not to wait where they have been alone sixteen times, but for one in 64', async () => {
    const writer = writers([])
    const batch = new ReplyBatch(clock)
    for (let i = 0; i < 16; i++) {
      expect(batch.opens()).toBe(true)
      batch.add(writer('alone'))
      await turn()
    }
    const opened = Array.from({ length: 128 }, () => batch.opens())
    expect(opened.filter(Boolean)).toHaveLength(2)
    expect(opened.indexOf(true)).toBe(63)
  })

  it('wait again when that one had company', async () => {
    const writer = writers([])
    const batch = new ReplyBatch(clock)
    for (let i = 0; i < 16; i++) {
      batch.add(writer('alone'))
      await turn()
    }
    expect(batch.opens()).toBe(false)
    batch.add(writer('one'))
    batch.add(writer('two'))
    await turn()
    expect(batch.opens()).toBe(true)
  })

  it('do not wait once it is closed', () => {
    const written: string[] = []
    const batch = new ReplyBatch(clock)
    batch.add(writers(written)('first'))
    batch.close()
    expect(written).toEqual(['first'])
    expect(batch.opens()).toBe(false)
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

  it('do not wait for fake timers, be they there before the module', async () => {
    vi.useFakeTimers({ toFake: ['setImmediate'] })
    vi.resetModules()
    const fresh = await import('../../../../src/adapters/node/replies/batch.js')
    const written: string[] = []
    new fresh.ReplyBatch(clock).add(writers(written)('first'))
    vi.useRealTimers()
    await turn()
    expect(written).toEqual(['first'])
  })
})
