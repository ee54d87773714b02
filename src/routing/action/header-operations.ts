import { withoutBlanks } from '../../core/blanks.js'
import type { ClientCall } from '../../core/call.js'
import type { Clock } from '../../core/clock.js'
import type { HeaderMap } from '../../core/headers.js'
import type { Format } from './commands.js'
import { compileFormat, type HeaderFormat } from './format.js'
import type { HeaderOperations } from './options.js'

interface Write {
  readonly name: string
  readonly value: HeaderFormat
  /** Beside the values that are there, not in their place. */
  readonly append: boolean
}

/** Pseudo-headers and the Host are no headers: they cannot be removed, and a request's new Host is an authority. */
function isHeader(name: string): boolean {
  return !name.startsWith(':') && name.toLowerCase() !== 'host'
}

/**
 * Header operations of one level in Envoy's order: what is to be removed goes, the values are made, then `set` overwrites
 * and `add` appends. A value that comes out empty is not written; blanks around one would not get over the wire.
 */
export class HeaderMutation {
  readonly #remove: readonly string[]
  readonly #writes: readonly Write[]

  constructor({ remove = [], set, add }: HeaderOperations, clock: Clock) {
    const writes = (values: HeaderOperations['set'], append: boolean): Write[] =>
      Object.entries(values ?? {}).flatMap(([name, text]) => {
        const value = compileFormat(text, clock)
        return isHeader(name) && value.literal !== '' ? [{ name, value, append }] : []
      })
    this.#remove = remove.filter(isHeader).map((name) => name.toLowerCase())
    this.#writes = [...writes(set, false), ...writes(add, true)]
  }

  /** Whether nothing would be changed. */
  get empty(): boolean {
    return this.#remove.length + this.#writes.length === 0
  }

  /** Changes `headers`: those of the call, or with `answer` those of the answer. */
  apply(headers: HeaderMap, call: ClientCall, answer: HeaderMap | undefined, status: number): void {
    for (const name of this.#remove) headers.delete(name)
    const values = this.#writes.map(({ value }) => value.literal ?? value.format(call, answer, status))
    for (const [i, { name, append }] of this.#writes.entries()) {
      const made = values[i] ?? ''
      if (made === '') continue
      const value = withoutBlanks(made)
      if (append) headers.append(name, value)
      else headers.set(name, value)
    }
  }

  /** In words, names only, since values may be secret. */
  describe(): string[] {
    return [
      ...this.#remove.map((name) => `remove ${name}`),
      ...this.#writes.map(({ name, append }) => `${append ? 'add' : 'set'} ${name}`),
    ]
  }
}

/** The Host that operations on a request ask for; `set` counts before `add`. */
export function authorityOf(operations: HeaderOperations | undefined, clock: Clock): Format | undefined {
  for (const values of [operations?.set, operations?.add])
    for (const [name, value] of Object.entries(values ?? {}))
      if (/^(?:host|:authority)$/i.test(name)) return compileFormat(value, clock).format
  return undefined
}
