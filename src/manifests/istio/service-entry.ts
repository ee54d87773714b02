import type { Discovery } from '../../discovery/index.js'
import { type CompileContext, resourcesOf } from '../context.js'
import type { Place } from '../diagnostics.js'
import type { Fields, Vocabulary } from '../fields.js'
import { oldestFirst, originOf, type Resource, rootFields } from '../resource.js'
import type { HostDraft, ServiceDraft } from '../services.js'
import { useIstioDefaults } from './defaults.js'
import { checkEntry, type Resolution, readEntryAddresses, readEntryHosts, resolutions } from './service-entry-checks.js'
import { type EntryPort, readEntryPorts } from './service-entry-port.js'
import { nearness, readExportTo } from './visibility.js'
import { endpointsFor, readWorkloadEntries, type WorkloadEntry } from './workload-entry.js'

const spec: Vocabulary = {
  known: [
    'hosts',
    'addresses',
    'ports',
    'location',
    'resolution',
    'endpoints',
    'workloadSelector',
    'exportTo',
    'subjectAltNames',
  ],
}

/** The label by which Istio knows endpoints whose sidecar ends mutual TLS. */
const tlsModeLabel = 'security.istio.io/tlsMode'

/** A ServiceEntry that has been read. */
interface Entry {
  readonly resource: Resource
  readonly fields: Fields
  readonly resolution: Resolution
  readonly ports: readonly EntryPort[]
  readonly addresses: readonly string[]
  readonly endpoints: readonly WorkloadEntry[]
  readonly subjectAltNames: readonly string[]
  readonly exportTo: readonly string[] | undefined
  /** Where it says that its endpoints are of the mesh, if one has a sidecar to end mutual TLS. */
  readonly autoTlsAt: Place | undefined
}

/** Makes the hosts of every ServiceEntry known: ports, endpoints or where they are found. */
export function compileServiceEntries(context: CompileContext): void {
  const owners = new Map<HostDraft, Entry>()
  for (const resource of oldestFirst(resourcesOf(context, 'networking.istio.io', 'ServiceEntry'))) {
    const fields = rootFields(resource, context.report, { known: ['spec'] }).fields('spec', spec)
    if (fields === undefined) context.report.error(resource.at, 'missing-field', '"spec" is required.')
    else compileEntry(context, resource, fields, owners)
  }
}

function compileEntry(
  context: CompileContext,
  resource: Resource,
  fields: Fields,
  owners: Map<HostDraft, Entry>,
): void {
  const hosts = readEntryHosts(fields)
  const entry = readEntry(context, resource, fields)
  if (nearness(entry.exportTo, resource.namespace, context.namespace) === undefined) {
    const message = `It is not exported to the namespace "${context.namespace}": its hosts are not known there.`
    context.report.warn(fields.place('exportTo'), 'not-exported', message)
    return
  }
  for (const name of hosts) {
    const host = context.services.use(name, resource.namespace, fields.place('hosts'))
    if (!mayDescribe(context, host, entry, owners)) continue
    owners.set(host, owners.get(host) ?? entry)
    host.entryHosts.add(name.toLowerCase())
    describe(context, host, entry)
  }
}

function readEntry(context: CompileContext, resource: Resource, fields: Fields): Entry {
  const resolution = fields.oneOf('resolution', resolutions) ?? 'NONE'
  const location = fields.oneOf('location', ['MESH_EXTERNAL', 'MESH_INTERNAL'])
  const ports = readEntryPorts(fields)
  checkEntry(fields, resolution, ports)
  checkSelector(fields)
  const endpoints = readWorkloadEntries(fields, ports, {
    names: resolution !== 'STATIC' || !context.strict,
    sockets: resolution === 'STATIC',
  })
  const hasAutoTls = location === 'MESH_INTERNAL' && endpoints.some(({ labels }) => labels[tlsModeLabel] === 'istio')
  return {
    resource,
    fields,
    resolution,
    ports,
    addresses: readEntryAddresses(fields, resolution),
    endpoints,
    autoTlsAt: hasAutoTls ? fields.place('location') : undefined,
    subjectAltNames: fields.texts('subjectAltNames') ?? [],
    exportTo: readExportTo(fields, resource.namespace, true),
  }
}

function checkSelector(fields: Fields): void {
  const selector = fields.fields('workloadSelector', { known: ['labels'] })
  if (selector === undefined) return
  for (const [key, value] of selector.textMap('labels') ?? [])
    if (key === '' || key.includes('*') || value.includes('*'))
      selector.error('labels', 'invalid-value', 'A selector has no wildcards and no empty names.')
  const message = 'Workloads are not known here, so the selector finds none: give the endpoints to loadManifests.'
  fields.warn('workloadSelector', 'unsupported-field', message)
}

/** A host belongs to the first that describes it; another of its namespace may add ports, as in Istio. */
function mayDescribe(
  context: CompileContext,
  host: HostDraft,
  entry: Entry,
  owners: ReadonlyMap<HostDraft, Entry>,
): boolean {
  const owner = owners.get(host)
  if (owner === undefined && host.ports === undefined) return true
  const { resource } = entry
  if (
    owner !== undefined &&
    owner.resource.namespace === resource.namespace &&
    owner.resolution === entry.resolution &&
    entry.ports.some(({ port }) => host.ports?.every((one) => one.port !== port))
  )
    return true
  const by =
    owner === undefined ? 'A Service' : `"${owner.resource.name}" (${owner.resource.at.file}:${owner.resource.at.line})`
  context.report.warn(resource.at, 'shadowed', `${by} describes "${host.host.service}" already: this one is ignored.`)
  return false
}

function describe(context: CompileContext, host: HostDraft, entry: Entry): void {
  const { ports, resource } = entry
  const fresh = ports.filter(({ port }) => host.ports?.every((one) => one.port !== port) ?? true)
  if (host.ports === undefined && host.host.local === undefined) host.namespace = resource.namespace
  if (host.ports === undefined) host.exportTo = entry.exportTo
  if (entry.subjectAltNames.length > 0)
    host.servers ??= { names: entry.subjectAltNames, at: entry.fields.place('subjectAltNames') }
  if (host.given.length === 0) host.autoTlsAt ??= entry.autoTlsAt
  host.open(ports.map(({ name, port, targetPort, scheme }) => ({ name, port, scheme, targetPort: targetPort ?? port })))
  for (const address of entry.addresses) context.services.addAddress(host, address)
  for (const draft of fresh.length === 0 ? [host.main] : fresh.map(({ port }) => host.port(port))) {
    if (draft === undefined) continue
    const port = ports.find((one) => one.port === draft.port?.port)
    locate(draft, entry, port)
    useIstioDefaults(draft)
    draft.addOrigins({ serviceEntry: originOf(resource.at) })
  }
}

function locate(draft: ServiceDraft, { resolution, endpoints, fields }: Entry, port: EntryPort | undefined): void {
  const find = (discovery: Discovery): void => {
    draft.policy = { ...draft.policy, discovery }
  }
  if (resolution === 'NONE' || resolution === 'DYNAMIC_DNS') return find({ kind: 'original' })
  const name = resolution === 'STATIC' ? undefined : nameToAsk(draft, endpoints)
  if (name === undefined) {
    if (port !== undefined) draft.found = endpointsFor(port, endpoints)
    if (resolution === 'DNS' && endpoints.some((one) => one.named)) {
      const message = 'Each name is one endpoint, looked up when a connection is made: health is not known by address.'
      fields.warn('endpoints', 'unsupported-field', message)
    }
    return
  }
  const [only] = endpoints
  const listens = port === undefined ? undefined : (only?.ports.get(port.name) ?? port.targetPort ?? port.port)
  find({
    kind: 'dns',
    name,
    ...(listens === undefined ? {} : { port: listens }),
    ...(resolution === 'DNS_ROUND_ROBIN' ? { mode: 'logical' } : {}),
    ...(port === undefined || port.scheme === 'http' ? {} : { scheme: port.scheme }),
  })
}

/** The one name that stands for all endpoints; undefined where they are told apart by name, labels or place. */
function nameToAsk(draft: ServiceDraft, endpoints: readonly WorkloadEntry[]): string | undefined {
  const [only, ...others] = endpoints
  if (only === undefined) return draft.host.qualified
  const plain = only.locality === undefined && Object.keys(only.labels).length === 0
  return others.length === 0 && only.named && plain ? only.address : undefined
}
