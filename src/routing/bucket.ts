import { withoutBlanks } from '../core/blanks.js'
import type { ClientCall } from '../core/call.js'
import { headerValue } from './header-value.js'
import type { Condition, HeaderKey } from './matcher.js'

/** An alternative of a route in the index. */
export interface Entry<R> {
  /** Position among the alternatives of all routes. */
  readonly order: number
  readonly route: R
  /** Position of the alternative in the route's `match`. */
  readonly alternative: number
  readonly rest: readonly Condition[]
  readonly headers: readonly HeaderKey[]
}

/** From here on a lookup costs less than walking. */
const worthLookingUp = 8

function passes(conditions: readonly Condition[], call: ClientCall, path: string): boolean {
  for (const condition of conditions) if (!condition.test(call, path)) return false
  return true
}

/** Of a list in order, the first entry before `best` that passes, else `best`. */
function earlier<R>(
  entries: readonly Entry<R>[],
  best: Entry<R> | undefined,
  call: ClientCall,
  path: string,
): Entry<R> | undefined {
  for (const entry of entries) {
    if (best !== undefined && entry.order > best.order) break
    if (passes(entry.rest, call, path)) return entry
  }
  return best
}

type ByHeader<R> = ReadonlyMap<string, ReadonlyMap<string, readonly Entry<R>[]>>

/** Puts each entry under that header of its own which the fewest others ask for. */
function byHeader<R>(entries: readonly Entry<R>[]): ByHeader<R> {
  const demand = new Map<string, number>()
  const id = ({ name, value }: HeaderKey): string => `${name} ${value}`
  for (const { headers } of entries) for (const key of headers) demand.set(id(key), (demand.get(id(key)) ?? 0) + 1)
  const index = new Map<string, Map<string, Entry<R>[]>>()
  for (const entry of entries) {
    const [first, ...others] = entry.headers
    if (first === undefined) continue
    const { name, value } = others.reduce(
      (rarest, key) => ((demand.get(id(key)) ?? 0) < (demand.get(id(rarest)) ?? 0) ? key : rarest),
      first,
    )
    const values = index.get(name) ?? new Map<string, Entry<R>[]>()
    index.set(name, values)
    const list = values.get(value)
    if (list === undefined) values.set(value, [entry])
    else list.push(entry)
  }
  return index
}

/** Entries that share a path. Many that each ask for a value of a header are looked up by the headers that a call has. */
export class Bucket<R> {
  readonly #walked: readonly Entry<R>[]
  readonly #byHeader: ByHeader<R> | undefined

  /** Entries come in the order of their routes. */
  constructor(entries: readonly Entry<R>[]) {
    const keyed = entries.filter(({ headers }) => headers.length > 0)
    const indexed = keyed.length >= worthLookingUp
    this.#byHeader = indexed ? byHeader(keyed) : undefined
    this.#walked = indexed ? entries.filter(({ headers }) => headers.length === 0) : entries
  }

  /** The first entry before `best` that passes, else `best`. */
  first(best: Entry<R> | undefined, call: ClientCall, path: string): Entry<R> | undefined {
    const found = earlier(this.#walked, best, call, path)
    return this.#byHeader === undefined ? found : this.#lookUp(this.#byHeader, found, call, path)
  }

  #lookUp(index: ByHeader<R>, best: Entry<R> | undefined, call: ClientCall, path: string): Entry<R> | undefined {
    const { raw } = call.headers
    let found = best
    for (let i = 0; i < raw.length; i += 2) {
      const name = (raw[i] ?? '').toLowerCase()
      const values = index.get(name)
      if (values === undefined) continue
      const entries = values.get(
        name === 'cookie' ? (headerValue(call.headers, name) ?? '') : withoutBlanks(raw[i + 1] ?? ''),
      )
      if (entries !== undefined) found = earlier(entries, found, call, path)
    }
    return found
  }
}
