import type { Place } from '../diagnostics.js'
import type { Fields, Vocabulary } from '../fields.js'
import { isDnsLabel, isWildcardDomain } from './names.js'

/** Where a rule leads, as it is written. */
export interface Destination {
  readonly host: string
  /** Of the VirtualService: a short host belongs to it. */
  readonly namespace: string
  readonly subset: string | undefined
  readonly port: number | undefined
  /** Where the host stands. */
  readonly hostAt: Place
  readonly subsetAt: Place
  readonly portAt: Place
}

const vocabulary: Vocabulary = { known: ['host', 'subset', 'port'] }

function readPort(fields: Fields): number | undefined {
  const port = fields.fields('port', { known: ['number'] })
  if (port === undefined) return undefined
  if (!port.has('number')) port.error('number', 'missing-field', '"number" is required.')
  return port.integer('number', { min: 1, max: 65_535 })
}

/** Reads a destination; undefined when there is none, or it names no host. */
export function readDestination(fields: Fields, name: string, namespace: string): Destination | undefined {
  const destination = fields.fields(name, vocabulary)
  if (destination === undefined) return undefined
  const host = destination.requiredText('host')
  const subset = destination.text('subset') || undefined
  const port = readPort(destination)
  if (subset !== undefined && !isDnsLabel(subset))
    destination.error('subset', 'invalid-value', `"${subset}" can be no subset: letters, digits and "-", 63 at most.`)
  if (host === undefined) return undefined
  if (host === '*' || !isWildcardDomain(host)) {
    destination.error('host', 'invalid-value', `"${host}" is no domain name.`)
    return undefined
  }
  const [hostAt, subsetAt, portAt] = [destination.place('host'), destination.place('subset'), destination.place('port')]
  return { host, namespace, subset, port, hostAt, subsetAt, portAt }
}
