import { isIP } from 'node:net'
import type { Fields } from '../fields.js'
import { isDomain, isWildcardDomain } from './names.js'
import type { EntryPort } from './service-entry-port.js'

/** Where the endpoints of a ServiceEntry come from. */
export const resolutions = ['NONE', 'STATIC', 'DNS', 'DNS_ROUND_ROBIN', 'DYNAMIC_DNS'] as const

/** One of them. */
export type Resolution = (typeof resolutions)[number]

/** Hosts that Istio would take; the others are errors. */
export function readEntryHosts(entry: Fields): readonly string[] {
  const hosts = entry.texts('hosts') ?? []
  if (hosts.length === 0) entry.error('hosts', 'missing-field', 'At least one host is required.')
  return hosts.filter((host) => {
    const fine = host !== '*' && isWildcardDomain(host)
    if (!fine) entry.error('hosts', 'invalid-value', `"${host}" is no host name, nor "*.example.com".`)
    else if (host.startsWith('*') && !host.startsWith('*.'))
      entry.warn('hosts', 'unsupported-field', `"${host}": a wildcard stands for whole labels, "*.example.com".`)
    return fine
  })
}

function isSubnet(text: string): boolean {
  const [address = '', bits] = text.split('/')
  const family = isIP(address)
  if (family === 0 || text.split('/').length > 2) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
}

/** The virtual addresses; networks are left out, since a host is looked up by a single one. */
export function readEntryAddresses(entry: Fields, resolution: Resolution): readonly string[] {
  const addresses = entry.texts('addresses') ?? []
  const networks = addresses.filter((address) => address.includes('/'))
  for (const address of addresses)
    if (!isSubnet(address)) entry.error('addresses', 'invalid-value', `"${address}" is no IP address or network.`)
  if (networks.length > 0 && resolution !== 'NONE' && resolution !== 'STATIC')
    entry.error('addresses', 'invalid-value', 'Networks are for resolution NONE and STATIC only.')
  else if (networks.length > 0)
    entry.warn('addresses', 'unsupported-field', 'Calls are known by their host: networks are ignored.')
  return addresses.filter((address) => isIP(address) !== 0)
}

/** Combinations that Istio refuses. */
export function checkEntry(entry: Fields, resolution: Resolution, ports: readonly EntryPort[]): void {
  const hosts = entry.texts('hosts') ?? []
  const count = entry.list('endpoints')?.items.length ?? 0
  if (entry.has('workloadSelector') && entry.has('endpoints'))
    entry.error('workloadSelector', 'invalid-value', 'It excludes "endpoints".')
  if ((resolution === 'NONE' || resolution === 'DYNAMIC_DNS') && count > 0)
    entry.error('endpoints', 'invalid-value', `Resolution ${resolution} has no endpoints.`)
  if (resolution === 'DNS_ROUND_ROBIN' && count > 1)
    entry.error('endpoints', 'invalid-value', 'Resolution DNS_ROUND_ROBIN has one endpoint at most.')
  if ((resolution === 'DNS' || resolution === 'DNS_ROUND_ROBIN') && count === 0)
    for (const host of hosts)
      if (!isDomain(host))
        entry.error('hosts', 'invalid-value', `DNS cannot be asked for "${host}": give a full host name, or endpoints.`)
  if (resolution !== 'NONE' && hosts.length > 1 && ports.some(({ protocol }) => !protocol.http && !protocol.tls))
    entry.error('hosts', 'invalid-value', 'Several hosts cannot share a port that is neither HTTP nor TLS.')
  if (resolution === 'NONE' && ports.some(({ targetPort }) => targetPort !== undefined))
    entry.warn('ports', 'unsupported-field', 'targetPort has no effect with resolution NONE.')
}
