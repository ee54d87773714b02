import type { Scheme } from '../core/url.js'

/** Where an endpoint listens, in the pieces that a connection needs. */
export interface Address {
  /** `host:port`. */
  readonly id: string
  readonly scheme: Scheme
  /** Lower case, an IPv6 address without its brackets. */
  readonly host: string
  readonly port: number
  /** `scheme://host:port`. */
  readonly origin: string
}

const form = /^(https?):\/\/(\[[0-9a-fA-F:.]+\]|[\w.-]+)(?::(\d{1,5}))?\/?$/

/** Splits the URL of an endpoint; undefined for anything but a scheme, a host and a port. */
export function parseAddress(url: string): Address | undefined {
  const parts = form.exec(url)
  if (parts === null) return undefined
  const scheme: Scheme = parts[1] === 'https' ? 'https' : 'http'
  const written = (parts[2] ?? '').toLowerCase()
  const port = parts[3] === undefined ? (scheme === 'https' ? 443 : 80) : Number(parts[3])
  if (port < 1 || port > 65_535) return undefined
  const id = `${written}:${port}`
  const host = written.startsWith('[') ? written.slice(1, -1) : written
  return { id, scheme, host, port, origin: `${scheme}://${id}` }
}
