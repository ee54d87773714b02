import type { CompileContext } from '../context.js'
import { useIstioDefaults } from '../istio/defaults.js'
import { originOf } from '../resource.js'
import type { ServiceDraft } from '../services.js'
import { isKnownService } from './backend-ref.js'
import { anyHost } from './hostname.js'
import type { HttpRoute } from './http-route.js'
import type { ParentRef } from './parent-ref.js'
import { byPrecedence, type Candidate } from './precedence.js'

/** Routes of one service; rules of its callers' namespace take the place of those of its own. */
interface Attached {
  readonly producer: Candidate[]
  readonly consumer: Candidate[]
}

/** Attaches HTTPRoutes to Services: rules for the calls that are made inside the mesh. */
export class ServiceRoutes {
  readonly #context: CompileContext
  readonly #attached = new Map<ServiceDraft, Attached>()

  constructor(context: CompileContext) {
    this.#context = context
  }

  attach(route: HttpRoute, parent: ParentRef): void {
    const { namespace, name, fields } = parent
    const isProducer = route.resource.namespace === namespace
    if (!isProducer && route.resource.namespace !== this.#context.namespace) {
      const why = `Its rules are for callers in "${route.resource.namespace}", and the calls come from "${this.#context.namespace}"`
      fields.warn('name', 'missing-parent', `${why}: they are left out.`)
      return
    }
    if (!isKnownService(this.#context, name, namespace)) {
      const what = `There is no Service ${namespace}/${name}, and no endpoints are given for it`
      fields.warn('name', 'missing-service', `${what}${this.#context.strict ? ': the rules are left out' : ''}.`)
      if (this.#context.strict) return
    }
    if (route.hostnames.length > 0)
      route.fields.warn('hostnames', 'unsupported-field', 'For calls to a Service the hostnames are of no account.')
    for (const owner of this.#ports(parent)) {
      const attached = this.#attached.get(owner) ?? { producer: [], consumer: [] }
      this.#attached.set(owner, attached)
      const redirect = { scheme: undefined, port: undefined }
      attached[isProducer ? 'producer' : 'consumer'].push(
        ...route.compile({ owner, grants: undefined, redirect }, anyHost),
      )
    }
  }

  /** The ports of the Service that are meant: all of them, unless the reference names one. */
  #ports({ namespace, name, sectionName, port, fields }: ParentRef): readonly ServiceDraft[] {
    const host = this.#context.services.use(`${name}.${namespace}.svc`, namespace, fields.place('name'))
    const drafts = host.drafts()
    const meant = drafts.filter(
      (draft) =>
        (port === undefined || host.port(port) === draft) &&
        (sectionName === undefined || host.portNamed(sectionName) === draft),
    )
    if (meant.length === 0)
      fields.warn(
        port === undefined ? 'sectionName' : 'port',
        'unknown-port',
        `The Service ${namespace}/${name} has no such port: the rules are left out.`,
      )
    return meant
  }

  /** Hands the routes to their services, in order. A VirtualService that routes a service already keeps it. */
  finish(): void {
    for (const [service, { producer, consumer }] of this.#attached) {
      const candidates = consumer.length > 0 ? consumer : producer
      const [first] = candidates
      if (first === undefined) continue
      if (service.routes.length > 0) {
        const message = `A VirtualService routes "${service.name}" already: these rules are ignored.`
        this.#context.report.warn(first.resource.at, 'shadowed', message)
        continue
      }
      useIstioDefaults(service)
      service.routes.push(...byPrecedence(candidates))
      service.addOrigins({ httpRoute: originOf(first.resource.at) })
    }
  }
}
