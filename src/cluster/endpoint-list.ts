import { type EndpointOptions, parseAddress } from '../discovery/index.js'
import { ClusterLoad, Endpoint } from './endpoint.js'

/** What an update did to a list. */
export interface EndpointChanges {
  readonly added: readonly Endpoint[]
  readonly removed: readonly Endpoint[]
}

interface Placed {
  readonly endpoint: Endpoint
  readonly option: EndpointOptions
}

/**
 * The endpoints of a cluster, by address. What an update leaves alone costs a comparison of references: lists of many
 * thousand endpoints change by one, again and again.
 */
export class EndpointList {
  /** As given, address for address the endpoints below; empty when an option was left out, as it repeats another. */
  #options: readonly EndpointOptions[] = []
  #endpoints: readonly Endpoint[] = []
  readonly #byId = new Map<string, Endpoint>()
  readonly load: ClusterLoad = new ClusterLoad()

  /** A new list after every change. */
  get all(): readonly Endpoint[] {
    return this.#endpoints
  }

  /** The endpoint at `host:port`. */
  get(id: string): Endpoint | undefined {
    return this.#byId.get(id)
  }

  /** Takes over a new set; undefined if nothing is different. Of two equal addresses the first counts. */
  update(options: readonly EndpointOptions[], nowMs: number): EndpointChanges | undefined {
    const old = this.#options
    const shorter = Math.min(old.length, options.length)
    let changed = false
    let start = 0
    for (; start < shorter && sameUrl(old[start], options[start]); start++)
      if (this.#reconfigure(start, old[start], options[start])) changed = true
    let end = 0
    for (; end < shorter - start; end++) {
      const [was, is] = [old[old.length - 1 - end], options[options.length - 1 - end]]
      if (!sameUrl(was, is)) break
      if (this.#reconfigure(old.length - 1 - end, was, is)) changed = true
    }
    if (start === options.length && start === this.#endpoints.length) {
      this.#options = [...options]
      return changed ? { added: [], removed: [] } : undefined
    }
    return this.#replace(options, start, end, nowMs, changed)
  }

  #reconfigure(at: number, was: EndpointOptions | undefined, is: EndpointOptions | undefined): boolean {
    return was !== is && is !== undefined && this.#endpoints[at]?.reconfigure(is) === true
  }

  /** Replaces all but the first `start` and the last `end` endpoints. */
  #replace(
    options: readonly EndpointOptions[],
    start: number,
    end: number,
    nowMs: number,
    changedBefore: boolean,
  ): EndpointChanges | undefined {
    const old = this.#endpoints
    const leaving = new Set(old.slice(start, old.length - end))
    const placed = new Map<string, Placed>()
    for (let i = start; i < options.length - end; i++) {
      const option = options[i]
      const address = option === undefined ? undefined : parseAddress(option.url)
      if (option === undefined || address === undefined) continue
      const known = this.#byId.get(address.id)
      const elsewhere = known !== undefined && !leaving.has(known)
      // The address stands among those that were passed over too: which is the first takes a look at all of them.
      if (elsewhere) return this.#replace(options, 0, 0, nowMs, changedBefore)
      if (placed.has(address.id)) continue
      const endpoint = known?.origin === address.origin ? known : new Endpoint(address, option, nowMs, this.load)
      placed.set(address.id, { endpoint, option })
    }
    const added: Endpoint[] = []
    let changed = changedBefore
    for (const { endpoint, option } of placed.values())
      if (!leaving.delete(endpoint)) added.push(endpoint)
      else if (endpoint.reconfigure(option)) changed = true
    if (added.length === 0 && leaving.size === 0 && !changed) return undefined
    const window = [...placed.values()].map(({ endpoint }) => endpoint)
    this.#endpoints =
      start + end === 0 ? window : old.slice(0, start).concat(window, old.slice(old.length - end, old.length))
    this.#options = this.#endpoints.length === options.length ? [...options] : []
    for (const endpoint of leaving) this.#byId.delete(endpoint.id)
    for (const endpoint of added) this.#byId.set(endpoint.id, endpoint)
    return { added, removed: [...leaving] }
  }
}

function sameUrl(a: EndpointOptions | undefined, b: EndpointOptions | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && a.url === b.url)
}
