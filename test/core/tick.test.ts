import { executionAsyncResource } from 'node:async_hooks'
import { setImmediate as turn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it, vi } from 'vitest'
import { keepTicksFast } from '../../src/core/tick.js'

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

/** The object of a tick that `fn` asks for. */
async function tickOf(fn: () => void): Promise<WeakRef<object> | undefined> {
  const real = process.nextTick
  let tick: WeakRef<object> | undefined
  vi.spyOn(process, 'nextTick').mockImplementation((callback) =>
    real(() => {
      tick = new WeakRef(executionAsyncResource())
      callback()
    }),
  )
  fn()
  vi.restoreAllMocks()
  await turn()
  return tick
}

it('one tick object outlives its tick, so that their hidden class does', async () => {
  const other = await tickOf(() => process.nextTick(() => {}))
  const kept = await tickOf(keepTicksFast)
  await turn()
  collect()
  expect(other?.deref()).toBeUndefined()
  expect(kept?.deref()).toBeDefined()
  expect(await tickOf(keepTicksFast)).toBeUndefined()
})
