import type { Fields } from '../fields.js'

/** Any host: what a listener or a route without hostname takes. */
export const anyHost = '*'

const precise = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/
const address = /^\d{1,3}(?:\.\d{1,3}){3}$/

/** Why a text is no hostname of the Gateway API: lower case, no address, a wildcard only as the whole first label. */
function refusal(host: string, wildcard: boolean): string | undefined {
  if (host.length === 0 || host.length > 253) return 'A hostname has 1 to 253 characters.'
  const bare = wildcard && host.startsWith('*.') ? host.slice(2) : host
  if (address.test(bare) || /[:[\]]/.test(bare)) return `"${host}" is an address or has a port; only names are allowed.`
  if (precise.test(bare)) return undefined
  if (host.includes('*'))
    return wildcard
      ? `"${host}" is not allowed: a wildcard stands alone as the first label, "*.example.com".`
      : `"${host}" is not allowed: no wildcard can stand here.`
  return `"${host}" is no hostname: labels have lower-case letters, digits and "-".`
}

/** Reads one hostname. */
export function readHostname(fields: Fields, name: string, wildcard: boolean = false): string | undefined {
  const host = fields.text(name)
  const why = host === undefined ? undefined : refusal(host, wildcard)
  if (why === undefined) return host
  fields.error(name, 'invalid-value', why)
  return undefined
}

/** Reads the hostnames of a route; none means any host. */
export function readHostnames(fields: Fields): readonly string[] {
  const hosts = fields.texts('hostnames') ?? []
  if (hosts.length > 16) fields.error('hostnames', 'invalid-value', `has ${hosts.length} items; at most 16 can be.`)
  return hosts.filter((host) => {
    const why = refusal(host, true)
    if (why !== undefined) fields.error('hostnames', 'invalid-value', why)
    return why === undefined
  })
}

/** Whether every name that `host` stands for is one that `pattern` stands for. `*.a` stands for any depth, not for `a`. */
export function covers(pattern: string, host: string): boolean {
  if (pattern === anyHost || pattern === host) return true
  return pattern.startsWith('*.') && host.endsWith(pattern.slice(1))
}

/** The names that both a listener and a route take; undefined when there are none. */
export function intersection(listener: string, route: string): string | undefined {
  if (covers(listener, route)) return route
  return covers(route, listener) ? listener : undefined
}

/** The characters outside a wildcard first, then all of them: the more, the earlier a route is asked. */
export function specificity(host: string): readonly [number, number] {
  if (host === anyHost) return [0, 0]
  return [host.startsWith('*.') ? 0 : host.length, host.length]
}
