import type { Labels } from '../../discovery/index.js'
import { type CompileContext, resourcesOf } from '../context.js'
import type { Fields, Vocabulary } from '../fields.js'
import { originOf, type Resource, rootFields } from '../resource.js'
import type { ServiceDraft } from '../services.js'
import { istioDefaultRetry } from './retries.js'
import { checkPartialPolicy, compileTrafficPolicy } from './traffic-policy.js'

const spec: Vocabulary = {
  known: ['host', 'trafficPolicy', 'subsets', 'workloadSelector'],
  unsupported: {
    exportTo: { severity: 'warning', message: 'One process sees every rule: visibility is ignored.' },
  },
}

const subset: Vocabulary = { known: ['name', 'labels', 'trafficPolicy'] }

/**
 * Compiles every DestinationRule into the policies and subsets of the service that it names. Several for one host are
 * merged as Istio merges them: new subsets are added, the first trafficPolicy stays.
 */
export function compileDestinationRules(context: CompileContext): void {
  const owners = new Map<ServiceDraft, Resource>()
  for (const resource of resourcesOf(context, 'networking.istio.io', 'DestinationRule')) {
    const fields = rootFields(resource, context.report, { known: ['spec'] }).fields('spec', spec)
    if (fields === undefined) context.report.error(resource.at, 'missing-field', '"spec" is required.')
    else compileOne(context, resource, fields, owners)
  }
}

function compileOne(
  context: CompileContext,
  resource: Resource,
  fields: Fields,
  owners: Map<ServiceDraft, Resource>,
): void {
  const host = fields.requiredText('host')
  if (host === undefined) return
  if (host.includes('*') || fields.has('workloadSelector')) {
    const field = host.includes('*') ? 'host' : 'workloadSelector'
    const insecure = fields.map('trafficPolicy')?.entries.has('tls') === true
    const message = 'The rule is left out: it is for some hosts or workloads only, which is not done yet.'
    context.report.report(insecure ? 'error' : 'warning', fields.place(field), 'unsupported-field', message)
    return
  }
  const service = context.services.use(host, resource.namespace, fields.place('host'))
  const origins = { destinationRule: originOf(resource.at), ...service.policy.origins }
  const owner = owners.get(service)
  if (fields.has('trafficPolicy') && owner !== undefined)
    fields.warn('trafficPolicy', 'shadowed', `"${owner.name}" (${owner.at.file}:${owner.at.line}) has one already.`)
  else if (fields.has('trafficPolicy')) {
    owners.set(service, resource)
    service.policy = { ...service.policy, ...compileTrafficPolicy(context, fields, service) }
  }
  service.policy = { retry: istioDefaultRetry, ...service.policy, origins }
  for (const one of fields.each('subsets', subset)) compileSubset(one, service)
}

function compileSubset(fields: Fields, service: ServiceDraft): void {
  const name = fields.requiredText('name')
  if (name === undefined) return
  const labels: Labels = Object.fromEntries(fields.textMap('labels') ?? [])
  if (service.subsets.has(name)) fields.warn('name', 'shadowed', `"${name}" is defined already: this one is ignored.`)
  else service.subsets.set(name, labels)
  checkPartialPolicy(fields, 'trafficPolicy')
}
