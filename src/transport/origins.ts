import type { EndpointRef } from '../core/endpoint.js'
import { LruMap } from '../core/lru.js'
import { portOf, type Target } from '../core/url.js'

/** Endpoints that URLs name. One reference an origin, since connections are kept by it. */
export class Origins {
  readonly #endpoints = new LruMap<string, EndpointRef>(10_000)

  endpoint({ scheme, authority }: Pick<Target, 'scheme' | 'authority'>): EndpointRef {
    const key = `${scheme}://${authority}`
    let endpoint = this.#endpoints.get(key)
    if (endpoint === undefined) {
      const port = portOf(authority, scheme)
      const written = authority.startsWith('[')
        ? authority.slice(0, authority.indexOf(']') + 1)
        : authority.split(':', 1).join()
      const host = written.startsWith('[') ? written.slice(1, -1) : written
      const id = `${written}:${port}`
      endpoint = { id, scheme, host, port, origin: `${scheme}://${id}` }
      this.#endpoints.set(key, endpoint)
    }
    return endpoint
  }
}
