import { type CompileContext, resourcesOf } from '../context.js'
import type { Fields, Vocabulary } from '../fields.js'
import { originOf, type Resource, rootFields } from '../resource.js'
import type { ServiceDraft } from '../services.js'
import { HttpRouteCompiler, httpRule, type SubsetUse } from './http-route.js'
import { istioDefaultRetry } from './retries.js'

const spec: Vocabulary = {
  known: ['hosts', 'gateways', 'http'],
  unsupported: {
    tls: { severity: 'warning', message: 'Only HTTP is routed: rules for TLS connections are ignored.' },
    tcp: { severity: 'warning', message: 'Only HTTP is routed: rules for TCP connections are ignored.' },
    exportTo: { severity: 'warning', message: 'One process sees every rule: visibility is ignored.' },
  },
}

/**
 * Compiles every VirtualService into routes of the services it names, in order, the first rule that matches wins. Of
 * two that name the same host the first wins whole, as in a sidecar. Returns the subsets that were named.
 */
export function compileVirtualServices(context: CompileContext): readonly SubsetUse[] {
  const owners = new Map<ServiceDraft, Resource>()
  const uses: SubsetUse[] = []
  for (const resource of resourcesOf(context, 'networking.istio.io', 'VirtualService')) {
    const fields = rootFields(resource, context.report, { known: ['spec'] }).fields('spec', spec)
    if (fields === undefined) context.report.error(resource.at, 'missing-field', '"spec" is required.')
    else if (isForMesh(fields)) compileOne(context, resource, fields, owners, uses)
  }
  return uses
}

function isForMesh(fields: Fields): boolean {
  const gateways = fields.texts('gateways')
  if (gateways === undefined || gateways.length === 0 || gateways.includes('mesh')) return true
  fields.warn('gateways', 'unsupported-field', 'The rules are left out: they are for an Istio gateway, not the mesh.')
  return false
}

function compileOne(
  context: CompileContext,
  resource: Resource,
  fields: Fields,
  owners: Map<ServiceDraft, Resource>,
  uses: SubsetUse[],
): void {
  const hosts = fields.texts('hosts') ?? []
  if (hosts.length === 0) fields.error('hosts', 'missing-field', 'At least one host is required.')
  for (const host of hosts) {
    if (host.includes('*')) {
      fields.warn('hosts', 'unsupported-field', `Wildcard hosts are not routed yet: "${host}" is ignored.`)
      continue
    }
    const service = context.services.use(host, resource.namespace, fields.place('hosts'))
    const owner = owners.get(service)
    if (owner !== undefined) {
      const where = `${owner.at.file}:${owner.at.line}`
      fields.warn(
        'hosts',
        'shadowed',
        `"${host}" is routed by "${owner.name}" (${where}) already: these rules are ignored.`,
      )
      continue
    }
    owners.set(service, resource)
    compileRoutes(context, resource, fields, service, uses)
  }
}

function compileRoutes(
  context: CompileContext,
  resource: Resource,
  fields: Fields,
  service: ServiceDraft,
  uses: SubsetUse[],
): void {
  const compiler = new HttpRouteCompiler(context, resource.namespace)
  let shadowed = false
  for (const http of fields.each('http', httpRule)) {
    if (shadowed) {
      context.report.warn(http.at, 'shadowed', 'This rule is never reached: an earlier one takes every call.')
      break
    }
    const compiled = compiler.rule(http, service)
    if (compiled === undefined) continue
    service.routes.push(compiled.route)
    shadowed = compiled.catchAll
  }
  uses.push(...compiler.uses)
  service.policy = {
    retry: istioDefaultRetry,
    ...service.policy,
    origins: { ...service.policy.origins, virtualService: originOf(resource.at) },
  }
}
