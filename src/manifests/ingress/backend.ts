import { type CompileContext, resourcesOf } from '../context.js'
import type { Fields, Vocabulary } from '../fields.js'
import type { Resource } from '../resource.js'
import type { ServiceDraft } from '../services.js'

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
  const draft = context.services.use(name, ingress.namespace, service.place('name'))
  const resource = resourcesOf(context, '', 'Service').find(
    (one) => one.name === name && one.namespace === ingress.namespace,
  )
  return { service: draft, name, port: compilePort(service, draft), resource }
}

function compilePort(service: Fields, draft: ServiceDraft): string {
  const port = service.fields('port', { known: ['number', 'name'] })
  const number = port?.integer('number', { min: 1, max: 65_535 })
  const name = port?.text('name')
  if (port === undefined || (number === undefined) === (name === undefined)) {
    service.error('port', 'missing-field', 'Either "port.number" or "port.name" is required.')
    return ''
  }
  const { ports } = draft
  const known =
    ports === undefined || ports.some((one) => (name === undefined ? one.port === number : one.name === name))
  const what = name ?? String(number)
  if (!known) {
    const message = `The Service "${draft.name}" opens no port ${what}; its endpoints are called.`
    service.warn('port', 'unknown-port', message)
  }
  return what
}
