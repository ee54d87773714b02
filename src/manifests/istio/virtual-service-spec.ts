import type { CompileContext } from '../context.js'
import type { Place } from '../diagnostics.js'
import type { Fields, Vocabulary } from '../fields.js'
import { type Resource, rootFields } from '../resource.js'
import { checkGatewayNames, meshGateway } from './gateway-names.js'
import { type HttpRule, readHttpRule } from './http-rule.js'
import { checkL4Routes } from './l4-routes.js'
import { hostsOverlap, isHost } from './names.js'
import { readExportTo } from './visibility.js'

/** A VirtualService, read and checked as Istio checks it. */
export interface VirtualService {
  readonly resource: Resource
  /** None makes it a delegate, which only others refer to. */
  readonly hosts: readonly string[]
  readonly hostsAt: Place
  readonly exportTo: readonly string[] | undefined
  readonly exportToAt: Place
  /** Whether it is for calls inside the mesh; else it is for gateways of Istio alone. */
  readonly isForMesh: boolean
  readonly rules: readonly HttpRule[]
}

const vocabulary: Vocabulary = { known: ['hosts', 'gateways', 'http', 'tls', 'tcp', 'exportTo'] }

function checkHosts(fields: Fields, hosts: readonly string[], isForMesh: boolean): void {
  for (const [i, host] of hosts.entries()) {
    if (!isHost(host)) fields.error('hosts', 'invalid-value', `"${host}" is no domain name and no address.`)
    else if (host === '*' && isForMesh)
      fields.error('hosts', 'invalid-value', 'The mesh does not take "*"; name a domain: "*.example.com".')
    const other = hosts.slice(0, i).find((one) => hostsOverlap(one, host))
    if (other !== undefined)
      fields.error('hosts', 'invalid-value', `"${host}" is named twice: "${other}" means it too.`)
  }
}

function checkDelegate(fields: Fields): void {
  for (const name of ['gateways', 'tls', 'tcp'])
    if ((fields.list(name)?.items.length ?? 0) > 0)
      fields.error(name, 'invalid-value', `Without hosts this is a delegate, which can have no ${name}.`)
}

/** Reads a VirtualService; undefined when it says nothing. */
export function readVirtualService(context: CompileContext, resource: Resource): VirtualService | undefined {
  const { report } = context
  const fields = rootFields(resource, report, { known: ['spec'] }).fields('spec', vocabulary)
  if (fields === undefined) {
    report.error(resource.at, 'missing-field', '"spec" is required.')
    return undefined
  }
  const hosts = fields.texts('hosts') ?? []
  const gateways = fields.texts('gateways') ?? []
  const isForMesh = gateways.length === 0 || gateways.includes(meshGateway)
  checkGatewayNames(fields, gateways)
  if (hosts.length === 0) checkDelegate(fields)
  checkHosts(fields, hosts, isForMesh)
  checkL4Routes(fields, hosts)
  const exportTo = readExportTo(fields, resource.namespace, !context.strict)
  if (['http', 'tls', 'tcp'].every((name) => (fields.list(name)?.items.length ?? 0) === 0))
    fields.error('http', 'missing-field', 'There is not one rule: http, tls or tcp is required.')
  const { namespace } = resource
  const isDelegate = hosts.length === 0
  const rules = fields
    .maps('http')
    .map((map) => readHttpRule(map, report, { namespace, isDelegate, atGateway: !isForMesh }))
  if (!isForMesh)
    fields.warn('gateways', 'unsupported-field', 'The rules are left out: they are for an Istio gateway, not the mesh.')
  const [hostsAt, exportToAt] = [fields.place('hosts'), fields.place('exportTo')]
  return { resource, hosts, hostsAt, exportTo, exportToAt, isForMesh, rules }
}
