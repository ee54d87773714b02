import { isIP } from 'node:net'
import type { EndpointOptions, Labels } from '../../discovery/index.js'
import { endpointUrl } from '../endpoint-url.js'
import type { Fields, Vocabulary } from '../fields.js'
import { readLabels } from './labels.js'
import { isDomain } from './names.js'
import type { EntryPort } from './service-entry-port.js'

const vocabulary: Vocabulary = {
  known: ['address', 'ports', 'labels', 'locality', 'weight', 'serviceAccount'],
  unsupported: {
    network: {
      severity: 'warning',
      message: 'Networks are not told apart: the endpoint is called at its own address.',
    },
  },
}

/** An endpoint of a ServiceEntry. */
export interface WorkloadEntry {
  readonly address: string
  /** Where it listens, by the name of the port. */
  readonly ports: ReadonlyMap<string, number>
  readonly labels: Labels
  readonly locality: string | undefined
  readonly weight: number | undefined
  /** Whether DNS must be asked for it. */
  readonly named: boolean
}

/** What an address may be beside an IP address. */
export interface AddressKinds {
  readonly names: boolean
  readonly sockets: boolean
}

/** Reads `endpoints`; what Istio refuses is an error, what cannot be called is left out. */
export function readWorkloadEntries(
  entry: Fields,
  ports: readonly EntryPort[],
  kinds: AddressKinds,
): readonly WorkloadEntry[] {
  return entry
    .each('endpoints', vocabulary)
    .map((fields) => readOne(fields, ports, kinds))
    .filter((one) => one !== undefined)
}

function readOne(fields: Fields, ports: readonly EntryPort[], kinds: AddressKinds): WorkloadEntry | undefined {
  const listens = readPorts(fields, ports)
  const labels = readLabels(fields, 'labels')
  const locality = readLocality(fields)
  const weight = fields.integer('weight', { min: 0, max: 4_294_967_295 })
  if (fields.has('serviceAccount') && fields.text('serviceAccount') !== '')
    fields.warn(
      'serviceAccount',
      'unsupported-field',
      'It does not narrow who the endpoint may be: name identities in subjectAltNames.',
    )
  const address = readAddress(fields, ports, kinds)
  if (address === undefined) return undefined
  return {
    address,
    ports: listens,
    labels,
    locality,
    weight: weight === 0 ? undefined : weight,
    named: isIP(address) === 0,
  }
}

function readAddress(fields: Fields, ports: readonly EntryPort[], kinds: AddressKinds): string | undefined {
  const address = fields.text('address') ?? ''
  if (address === '') {
    if (fields.has('network')) fields.warn('network', 'unsupported-field', 'Without an address it cannot be called.')
    else fields.error('address', 'missing-field', '"address" is required.')
    return undefined
  }
  if (address.startsWith('unix://') && kinds.sockets) {
    if (!/^unix:\/\/(?:@|\/(?:.*[^/])?$)/.test(address))
      fields.error('address', 'invalid-value', 'A Unix socket has an absolute path, or a name that begins with "@".')
    else if (fields.has('ports')) fields.error('ports', 'invalid-value', 'A Unix socket has no ports.')
    else if (ports.length !== 1)
      fields.error('address', 'invalid-value', 'A Unix socket is for exactly one port of the ServiceEntry.')
    else fields.warn('address', 'unsupported-field', 'Unix sockets are not called yet: the endpoint is left out.')
    return undefined
  }
  if (isIP(address) !== 0 || (kinds.names && isDomain(address))) return address
  fields.error(
    'address',
    'invalid-value',
    kinds.names ? 'must be an IP address or a host name.' : 'must be an IP address.',
  )
  return undefined
}

function readPorts(fields: Fields, ports: readonly EntryPort[]): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>()
  const map = fields.fields('ports', { known: [...(fields.map('ports')?.entries.keys() ?? [])] })
  for (const name of fields.map('ports')?.entries.keys() ?? []) {
    const number = map?.integer(name, { min: 1, max: 65_535 })
    if (!ports.some((port) => port.name === name))
      map?.error(name, 'invalid-value', `The ServiceEntry defines no port named "${name}".`)
    else if (number !== undefined) numbers.set(name, number)
  }
  return numbers
}

function readLocality(fields: Fields): string | undefined {
  const locality = fields.text('locality')
  if (locality === undefined || locality === '') return undefined
  if (/^[^/]+(?:\/[^/]+){0,2}$/.test(locality)) return locality
  fields.error('locality', 'invalid-value', 'must be region, region/zone or region/zone/subzone.')
  return undefined
}

/** What a port of a ServiceEntry finds at an endpoint. An address counts once, as in Envoy. */
export function endpointsFor(port: EntryPort, entries: readonly WorkloadEntry[]): readonly EndpointOptions[] {
  const endpoints = new Map<string, EndpointOptions>()
  for (const { address, ports, labels, locality, weight } of entries) {
    const url = endpointUrl(address, ports.get(port.name) ?? port.targetPort ?? port.port, port.scheme)
    if (endpoints.has(url)) continue
    endpoints.set(url, {
      url,
      ...(Object.keys(labels).length === 0 ? {} : { labels }),
      ...(weight === undefined ? {} : { weight }),
      ...(locality === undefined ? {} : { locality }),
    })
  }
  return [...endpoints.values()]
}
