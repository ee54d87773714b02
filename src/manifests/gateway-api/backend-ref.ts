import { type CompileContext, resourcesOf } from '../context.js'
import type { DiagnosticCode } from '../diagnostics.js'
import type { Fields, Vocabulary } from '../fields.js'
import type { Resource } from '../resource.js'
import type { ServiceDraft } from '../services.js'
import { checkServicePlugins } from './annotations.js'
import { readGroup, readKind, readNamespace, readObjectName } from './checks.js'
import type { ReferenceGrants } from './reference-grant.js'

/** Fields that name something to send calls to. */
export const backendObject: Vocabulary = { known: ['group', 'kind', 'name', 'namespace', 'port'] }

function findService(context: CompileContext, name: string, namespace: string): Resource | undefined {
  return resourcesOf(context, '', 'Service').find((one) => one.name === name && one.namespace === namespace)
}

/** Whether a Service is among the manifests, or the user gave its endpoints. */
export function isKnownService(context: CompileContext, name: string, namespace: string): boolean {
  if (context.services.isGiven(`${name}.${namespace}.svc`, namespace)) return true
  return findService(context, name, namespace) !== undefined
}

/** Finds the services that the references of one HTTPRoute mean. */
export class BackendResolver {
  readonly #context: CompileContext
  readonly #route: Resource
  readonly #grants: ReferenceGrants | undefined

  /** Without grants, references to other namespaces need none: so it is inside the mesh. */
  constructor(context: CompileContext, route: Resource, grants: ReferenceGrants | undefined) {
    this.#context = context
    this.#route = route
    this.#grants = grants
  }

  /** The service behind a reference; undefined for one that is invalid, which is reported along with its `effect`. */
  resolve(fields: Fields, effect: string): ServiceDraft | undefined {
    const group = readGroup(fields, 'group') ?? ''
    const kind = readKind(fields, 'kind') ?? 'Service'
    const name = readObjectName(fields, 'name')
    const namespace = readNamespace(fields, 'namespace') ?? this.#route.namespace
    const port = fields.integer('port', { min: 1, max: 65_535 })
    const isService = group === '' && kind === 'Service'
    if (isService && !fields.has('port'))
      fields.error('port', 'missing-field', 'A reference to a Service needs a port.')
    const invalid = (field: string, code: DiagnosticCode, why: string): undefined => {
      fields.warn(field, code, `${why}: ${effect}.`)
    }
    if (!isService)
      return invalid(
        'kind',
        'unsupported-field',
        `${kind}${group === '' ? '' : ` (${group})`} cannot be called, only a Service`,
      )
    if (name === undefined) return undefined
    if (this.#grants?.allows(this.#route.namespace, namespace, name) === false)
      return invalid('namespace', 'missing-grant', `No ReferenceGrant in "${namespace}" allows this reference`)
    if (!isKnownService(this.#context, name, namespace))
      return invalid(
        'name',
        'missing-service',
        `There is no Service ${namespace}/${name}, and no endpoints are given for it`,
      )
    const service = this.#grants === undefined ? undefined : findService(this.#context, name, namespace)
    if (service !== undefined) checkServicePlugins(this.#context.report, service, this.#route)
    const host = this.#context.services.use(`${name}.${namespace}.svc`, namespace, fields.place('name'))
    if (port === undefined) return host.main
    const draft = host.port(port)
    return draft ?? invalid('port', 'unknown-port', `The Service ${namespace}/${name} has no port ${port}`)
  }
}
