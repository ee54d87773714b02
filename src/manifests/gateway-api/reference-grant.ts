import { type CompileContext, resourcesOf } from '../context.js'
import type { Reporter } from '../diagnostics.js'
import type { Fields, Vocabulary } from '../fields.js'
import { type Resource, rootFields } from '../resource.js'
import { demand, readNamespace } from './checks.js'

const spec: Vocabulary = { known: ['from', 'to'] }
const from: Vocabulary = { known: ['group', 'kind', 'namespace'] }
const to: Vocabulary = { known: ['group', 'kind', 'name'] }

/** A namespace that lets HTTPRoutes of another one name its Services. */
interface Grant {
  readonly namespace: string
  readonly from: string
  /** Undefined for every Service. */
  readonly service: string | undefined
}

function readGrants(resource: Resource, fields: Fields): readonly Grant[] {
  const sources: string[] = []
  for (const one of fields.each('from', from)) {
    for (const name of ['group', 'kind', 'namespace']) demand(one, name)
    const namespace = readNamespace(one, 'namespace')
    const isRoute = one.text('group') === 'gateway.networking.k8s.io' && one.text('kind') === 'HTTPRoute'
    if (isRoute && namespace !== undefined) sources.push(namespace)
  }
  const grants: Grant[] = []
  for (const one of fields.each('to', to)) {
    for (const name of ['group', 'kind']) demand(one, name)
    const name = one.text('name')
    if (one.text('group') !== '' || one.text('kind') !== 'Service') continue
    for (const source of sources)
      grants.push({ namespace: resource.namespace, from: source, service: name === '' ? undefined : name })
  }
  return grants
}

function specOf(resource: Resource, report: Reporter): Fields | undefined {
  const root = rootFields(resource, report, { known: ['spec'] })
  demand(root, 'spec')
  return root.fields('spec', spec)
}

/** Which Services HTTPRoutes of other namespaces may send the calls of a gateway to. */
export class ReferenceGrants {
  readonly #grants: readonly Grant[]

  constructor(context: CompileContext) {
    this.#grants = resourcesOf(context, 'gateway.networking.k8s.io', 'ReferenceGrant').flatMap((resource) => {
      const fields = specOf(resource, context.report)
      return fields === undefined ? [] : readGrants(resource, fields)
    })
  }

  allows(route: string, namespace: string, service: string): boolean {
    if (route === namespace) return true
    return this.#grants.some(
      (one) =>
        one.namespace === namespace && one.from === route && (one.service === undefined || one.service === service),
    )
  }
}
