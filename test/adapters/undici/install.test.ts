import { Agent, type Dispatcher, getGlobalDispatcher, setGlobalDispatcher } from 'undici'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { createDispatcher, install, uninstall } from '../../../src/adapters/undici/index.js'

const original = getGlobalDispatcher()
const anothers = new Agent()
const first = neverCalled()
const second = neverCalled()

function neverCalled(): Dispatcher {
  return createDispatcher(() => Promise.reject(new Error('not called')))
}

beforeEach(() => {
  for (const dispatcher of [first, second]) uninstall(dispatcher)
  setGlobalDispatcher(original)
})
afterAll(() => anothers.close())

describe('a dispatcher that is installed', () => {
  it('is the global one until what was there is restored, once', () => {
    const restore = install(first)
    expect(getGlobalDispatcher()).toBe(first)
    restore()
    expect(getGlobalDispatcher()).toBe(original)
    setGlobalDispatcher(first)
    restore()
    expect(getGlobalDispatcher()).toBe(first)
  })

  it('goes in any order with others', () => {
    const [restoreFirst, restoreSecond] = [install(first), install(second)]
    restoreFirst()
    expect(getGlobalDispatcher()).toBe(second)
    restoreSecond()
    expect(getGlobalDispatcher()).toBe(original)
  })

  it('stays as long as one of those who have installed it wants it', () => {
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      const restores = [install(first), install(first)]
      const [one, other] = order.map((i) => restores[i])
      one?.()
      expect(getGlobalDispatcher()).toBe(first)
      other?.()
      expect(getGlobalDispatcher()).toBe(original)
    }
  })

  it('takes away nothing that others have set since', () => {
    const restore = install(first)
    setGlobalDispatcher(anothers)
    restore()
    expect(getGlobalDispatcher()).toBe(anothers)
  })

  it('goes with all its installations, and with none of others', () => {
    install(first)
    install(second)
    install(first)
    uninstall(first)
    expect(getGlobalDispatcher()).toBe(second)
    uninstall(second)
    expect(getGlobalDispatcher()).toBe(original)
  })
})
