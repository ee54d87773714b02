import type { Fields, Vocabulary } from '../fields.js'
import type { ServicePort } from '../services.js'
import { isDnsLabel } from './names.js'
import { type Protocol, parseProtocol } from './protocol.js'

const vocabulary: Vocabulary = { known: ['number', 'protocol', 'name', 'targetPort'] }

/** A port of a ServiceEntry. */
export interface EntryPort extends ServicePort {
  readonly name: string
  /** Undefined when the number of the port is what endpoints listen on too. */
  readonly targetPort: number | undefined
  readonly protocol: Protocol
}

/** Reads `ports`; what Istio refuses is an error. */
export function readEntryPorts(entry: Fields): readonly EntryPort[] {
  const ports: EntryPort[] = []
  for (const fields of entry.each('ports', vocabulary)) {
    const port = readPort(fields)
    if (port === undefined) continue
    if (ports.some(({ name }) => name === port.name))
      fields.error('name', 'invalid-value', `Another port is named "${port.name}" already.`)
    else if (ports.some((one) => one.port === port.port))
      fields.error('number', 'invalid-value', `Another port has the number ${port.port} already.`)
    else ports.push(port)
  }
  return ports
}

function readPort(fields: Fields): EntryPort | undefined {
  const range = { min: 1, max: 65_535 }
  if (!fields.has('number')) fields.error('number', 'missing-field', '"number" is required.')
  const port = fields.integer('number', range)
  const name = fields.requiredText('name')
  if (name !== undefined && !isDnsLabel(name))
    fields.error('name', 'invalid-value', 'must be letters, digits and dashes, as a label of a host name.')
  const word = fields.text('protocol') ?? ''
  const protocol = parseProtocol(word)
  if (protocol === undefined) fields.error('protocol', 'invalid-value', `"${word}" is no protocol of Istio.`)
  else if (protocol.http2)
    fields.warn('protocol', 'h2-upgrade', 'Endpoints are called by HTTP/1.1: HTTP/2 is not supported yet.')
  const target = fields.integer('targetPort', { min: 0, max: 65_535 })
  if (port === undefined || name === undefined || protocol === undefined) return undefined
  return {
    name,
    port,
    targetPort: target === 0 ? undefined : target,
    scheme: protocol.tls ? 'https' : 'http',
    protocol,
  }
}
