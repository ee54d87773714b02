import { type Dispatcher, setGlobalDispatcher } from 'undici'
import { MeshError } from '../../core/errors.js'
import { LentDispatcher } from './lent-dispatcher.js'

/** Where undici up to 7 and the built-in fetch have their global dispatcher, and where undici has it from 8 on. */
const slots = [Symbol.for('undici.globalDispatcher.1'), Symbol.for('undici.globalDispatcher.2')] as const

type Slot = (typeof slots)[number]

function isDispatcher(value: unknown): value is Pick<Dispatcher, 'dispatch'> {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'dispatch') === 'function'
}

/**
 * Stands for a dispatcher until what was there is restored. Afterwards it hands on to that: who has set another over it
 * may put it back, and so may a second copy of this library.
 */
class Installed extends LentDispatcher {
  readonly #dispatcher: Dispatcher
  readonly #before: ReadonlyMap<Slot, unknown> = new Map(slots.map((slot) => [slot, Reflect.get(globalThis, slot)]))
  #over = false

  constructor(dispatcher: Dispatcher) {
    super()
    this.#dispatcher = dispatcher
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const before = this.#over ? this.#past(slots[0]) : undefined
    return (isDispatcher(before) ? before : this.#dispatcher).dispatch(options, handler)
  }

  restore(): void {
    this.#over = true
    for (const slot of slots)
      if (Reflect.get(globalThis, slot) === this) Reflect.set(globalThis, slot, this.#past(slot))
  }

  /** What was there, past others that are over. */
  #past(slot: Slot): unknown {
    const before = this.#before.get(slot)
    return before instanceof Installed && before.#over ? before.#past(slot) : before
  }
}

/** Makes a mesh's dispatcher the global one of undici, which the built-in fetch has too. */
export class Installer {
  readonly #dispatcher: Dispatcher
  readonly #installed = new Set<Installed>()
  #closed = false

  constructor(dispatcher: Dispatcher) {
    this.#dispatcher = dispatcher
  }

  /** Returns what restores the one before, in any order with others; a second time that does nothing. */
  install(): () => void {
    if (this.#closed) throw new MeshError('ERR_MESH_CLOSED', 'the mesh is closed')
    const installed = new Installed(this.#dispatcher)
    setGlobalDispatcher(installed)
    this.#installed.add(installed)
    return () => {
      if (this.#installed.delete(installed)) installed.restore()
    }
  }

  /** Restores what was there. */
  close(): void {
    this.#closed = true
    for (const installed of this.#installed) installed.restore()
    this.#installed.clear()
  }
}
