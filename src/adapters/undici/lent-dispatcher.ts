import { Dispatcher } from 'undici'

type Done = () => void

function settle(callback: Done | undefined): Promise<void> {
  if (callback !== undefined) queueMicrotask(callback)
  return Promise.resolve()
}

/** A dispatcher that those who are given it cannot close: the mesh, and only the mesh, closes its connections. */
export abstract class LentDispatcher extends Dispatcher {
  override close(): Promise<void>
  override close(callback: Done): void
  override close(callback?: Done): Promise<void> {
    return settle(callback)
  }

  override destroy(): Promise<void>
  override destroy(error: Error | null): Promise<void>
  override destroy(callback: Done): void
  override destroy(error: Error | null, callback: Done): void
  override destroy(error?: Error | Done | null, callback?: Done): Promise<void> {
    return settle(typeof error === 'function' ? error : callback)
  }
}
