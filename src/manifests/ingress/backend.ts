import { type CompileContext, resourcesOf } from '../context.js'
import type { Fields, Vocabulary } from '../fields.js'
import type { Resource } from '../resource.js'
import type { HostDraft, ServiceDraft } from '../services.js'

/** Where a path of an Ingress leads. */
export interface Backend {
  readonly service: ServiceDraft
  /** Name in Kubernetes. */
  readonly name: string
  /** Number or name, as written. */
  readonly port: string
  /** The Service itself, when it is among the manifests. */
  readonly resource: Resource | undefined
}

const vocabulary: Vocabulary = {
  known: ['service'],
  unsupported: {
    resource: { severity: 'warning', message: 'Only services are called: the path is left out and answered 404.' },
  },
}

/** Compiles a backend; undefined when it is absent, or cannot be called. */
export function compileBackend(
  context: CompileContext,
  ingress: Resource,
  parent: Fields,
  field: string,
): Backend | undefined {
  const fields = parent.fields(field, vocabulary)
  if (fields === undefined) return undefined
  const service = fields.fields('service', { known: ['name', 'port'] })
  if (service === undefined) {
    if (!fields.has('resource')) fields.error('service', 'missing-field', '"service" is required.')
    return undefined
  }
  const name = service.requiredText('name')
  if (name === undefined) return undefined
  const host = context.services.use(name, ingress.namespace, service.place('name'))
  const resource = resourcesOf(context, '', 'Service').find(
    (one) => one.name === name && one.namespace === ingress.namespace,
  )
  return { ...compilePort(service, host), name, resource }
}

function compilePort(service: Fields, host: HostDraft): Pick<Backend, 'service' | 'port'> {
  const port = service.fields('port', { known: ['number', 'name'] })
  const number = port?.integer('number', { min: 1, max: 65_535 })
  const name = port?.text('name')
  if (port === undefined || (number === undefined) === (name === undefined)) {
    service.error('port', 'missing-field', 'Either "port.number" or "port.name" is required.')
    return { service: host.main, port: '' }
  }
  const what = name ?? String(number)
  const open = name === undefined ? host.port(number ?? 0) : host.portNamed(name)
  if (open === undefined) {
    const message = `The Service "${host.main.name}" opens no port ${what}; its endpoints are called.`
    service.warn('port', 'unknown-port', message)
  }
  return { service: open ?? host.main, port: what }
}
