import { hostKey } from '../config/host-name.js'
import { portOf, type Scheme } from '../core/url.js'

/** Answers that are remembered, by scheme; a process that calls more hosts than this looks some up again. */
const mostKnown = 2_048

/** Host of a key, and its port if it names one. */
function splitKey(key: string): { host: string; port: string | undefined } {
  const colon = key.lastIndexOf(':')
  if (colon <= key.lastIndexOf(']')) return { host: key, port: undefined }
  return { host: key.slice(0, colon), port: key.slice(colon) }
}

/**
 * Finds what a host means, in any case: `host:port` of the call, then `host`, then the longest wildcard `*.x` by whole
 * labels, then `*`. A wildcard takes one label or several, as Envoy's do, and may name a port too. Belongs to a
 * snapshot, so that what it remembers cannot grow stale.
 */
export class HostTable<T> {
  readonly #exact = new Map<string, T>()
  /** By what follows the `*`: `.shop.example`, `.shop.example:8080`, and nothing for any host. */
  readonly #wild = new Map<string, T>()
  readonly #known: Readonly<Record<Scheme, Map<string, T | undefined>>> = { http: new Map(), https: new Map() }

  constructor(entries: Iterable<readonly [host: string, value: T]>) {
    for (const [host, value] of entries) {
      const key = hostKey(host)
      if (key.startsWith('*')) this.#wild.set(key.slice(1), value)
      else this.#exact.set(key, value)
    }
  }

  /** What the authority of a call means; its port defaults by scheme. */
  find(authority: string, scheme: Scheme): T | undefined {
    const known = this.#known[scheme]
    const found = known.get(authority)
    if (found !== undefined || known.has(authority)) return found
    if (known.size >= mostKnown) known.clear()
    const value = this.#lookUp(authority, scheme)
    known.set(authority, value)
    return value
  }

  #lookUp(authority: string, scheme: Scheme): T | undefined {
    const { host, port = `:${portOf('', scheme)}` } = splitKey(hostKey(authority))
    return this.#exact.get(host + port) ?? this.#exact.get(host) ?? this.#byWildcard(host, port)
  }

  #byWildcard(host: string, port: string): T | undefined {
    if (this.#wild.size === 0) return undefined
    for (let dot = host.indexOf('.', 1); dot !== -1; dot = host.indexOf('.', dot + 1)) {
      const suffix = host.slice(dot)
      const found = this.#wild.get(suffix + port) ?? this.#wild.get(suffix)
      if (found !== undefined) return found
    }
    return this.#wild.get(port) ?? this.#wild.get('')
  }
}
