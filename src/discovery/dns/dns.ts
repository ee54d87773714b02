import { ConfigError } from '../../core/config-error.js'
import { validate } from '../../core/schema/index.js'
import { type DnsDiscovery, type DnsOptions, dnsDiscovery } from './options.js'

const form = /^(?:\[([0-9a-fA-F:.]+)\]|([^[\]:/]+))(?::(\d{1,5}))?$/

/**
 * Says where the endpoints of a service are: behind a name in DNS. TTLs count, a failing resolver takes no endpoint away,
 * and a call made before the first answer waits for it. Throws `ConfigError` for a name or option that cannot be.
 *
 * @example
 * const config = { services: { reviews: { discovery: dns('reviews.shop.svc:9443', { scheme: 'https' }) } } }
 * const consul = dns('_reviews._tcp.service.consul', { mode: 'srv', servers: ['127.0.0.1:8600'] })
 */
export function dns(name: string, options: DnsOptions = {}): DnsDiscovery {
  const parts = form.exec(name)
  const host = parts?.[1] ?? parts?.[2]
  if (host === undefined)
    throw new ConfigError([
      { path: 'dns', message: 'needs "name" or "name:port", without a scheme and a path', got: name },
    ])
  const port = parts?.[3] === undefined ? {} : { port: Number(parts[3]) }
  return validate(dnsDiscovery, { kind: 'dns', name: host, ...port, ...options }, 'dns')
}
