import type { Fields, Vocabulary } from '../fields.js'
import { hostsOverlap, isHost } from './names.js'

const tls: Vocabulary = { known: ['match', 'route'] }
const tlsMatch: Vocabulary = {
  known: ['sniHosts', 'destinationSubnets', 'port', 'sourceLabels', 'gateways', 'sourceNamespace'],
}
const tcp: Vocabulary = { known: ['match', 'route'] }

function isWithin(sniHost: string, host: string): boolean {
  return hostsOverlap(sniHost, host) && (sniHost.length >= host.length || !sniHost.startsWith('*'))
}

function checkSniHosts(match: Fields, hosts: readonly string[]): void {
  const sniHosts = match.texts('sniHosts') ?? []
  if (sniHosts.length === 0) match.error('sniHosts', 'missing-field', 'At least one host is required.')
  for (const one of sniHosts)
    if (!isHost(one) || !hosts.some((host) => isWithin(one, host)))
      match.error('sniHosts', 'invalid-value', `"${one}" is not among the hosts of the VirtualService.`)
}

/** Checks the rules for TLS and TCP as Istio does, and says that they are not followed. */
export function checkL4Routes(spec: Fields, hosts: readonly string[]): void {
  for (const name of ['tls', 'tcp'])
    if (spec.has(name)) {
      const what = name === 'tls' ? 'TLS' : 'TCP'
      spec.warn(name, 'unsupported-field', `Only HTTP is routed: rules for ${what} connections are ignored.`)
    }
  for (const rule of spec.each('tls', tls)) {
    const matches = rule.each('match', tlsMatch)
    if (matches.length === 0) rule.error('match', 'missing-field', 'A rule for TLS needs a match.')
    for (const match of matches) checkSniHosts(match, hosts)
    if (rule.maps('route').length === 0) rule.error('route', 'missing-field', 'A rule needs a route.')
  }
  for (const rule of spec.each('tcp', tcp))
    if (rule.maps('route').length === 0) rule.error('route', 'missing-field', 'A rule needs a route.')
}
