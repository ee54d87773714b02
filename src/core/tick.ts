import { executionAsyncResource } from 'node:async_hooks'

const held: object[] = []

/**
 * Holds one of the objects that `process.nextTick` makes. In a process that waits there is none, V8 collects their hidden
 * class, and Node's code that knew it takes a slower path from then on: several times with every request.
 */
export function keepTicksFast(): void {
  if (held.length > 0) return
  process.nextTick(function holdTick() {
    if (held.length === 0) held.push(executionAsyncResource())
  })
}
