import type { Fields, Vocabulary } from '../fields.js'
import type { ServicePort } from '../services.js'

/** Fields of a Service's port. */
export const portVocabulary: Vocabulary = {
  known: ['name', 'port', 'targetPort', 'protocol', 'appProtocol', 'nodePort'],
}

const overTls: ReadonlySet<string> = new Set(['https', 'tls', 'kubernetes.io/wss'])
const overHttp2: ReadonlySet<string> = new Set(['http2', 'h2', 'h2c', 'kubernetes.io/h2c', 'grpc', 'grpc-web'])

/** The protocol behind a port, as Istio finds it: `appProtocol`, else what the name begins with. */
function protocolOf(fields: Fields): string {
  const named = fields.text('name')?.toLowerCase() ?? ''
  return (
    fields.text('appProtocol')?.toLowerCase() ??
    (named.startsWith('grpc-web') ? 'grpc-web' : (named.split('-')[0] ?? ''))
  )
}

/** Reads a port; undefined when no call can be made to it. */
export function compilePort(fields: Fields): ServicePort | undefined {
  const range = { min: 1, max: 65_535 }
  const port = fields.integer('port', range)
  if (!fields.has('port')) fields.error('port', 'missing-field', '"port" is required.')
  const transport = fields.oneOf('protocol', ['TCP', 'UDP', 'SCTP']) ?? 'TCP'
  const protocol = protocolOf(fields)
  if (overHttp2.has(protocol)) {
    const field = fields.has('appProtocol') ? 'appProtocol' : 'name'
    fields.warn(field, 'h2-upgrade', 'Endpoints are called by HTTP/1.1: HTTP/2 is not supported yet.')
  }
  const target = fields.value('targetPort')
  const named = target?.kind === 'scalar' && typeof target.value === 'string'
  const targetPort = named ? undefined : (fields.integer('targetPort', range) ?? port)
  if (port === undefined || transport !== 'TCP') return undefined
  return { name: fields.text('name'), port, targetPort, scheme: overTls.has(protocol) ? 'https' : 'http' }
}
