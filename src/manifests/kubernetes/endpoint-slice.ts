import type { EndpointOptions } from '../../discovery/index.js'
import { type CompileContext, resourcesOf } from '../context.js'
import { endpointUrl } from '../endpoint-url.js'
import type { Fields, Vocabulary } from '../fields.js'
import { type Resource, rootFields } from '../resource.js'
import type { HostDraft } from '../services.js'

const endpoint: Vocabulary = {
  known: [
    'addresses',
    'conditions',
    'hostname',
    'nodeName',
    'targetRef',
    'zone',
    'hints',
    'deprecatedTopology',
    'topology',
  ],
}
const slicePort: Vocabulary = { known: ['name', 'port', 'protocol', 'appProtocol'] }
const serviceName = 'kubernetes.io/service-name'

interface Slice {
  readonly resource: Resource
  readonly family: string
  readonly fields: Fields
}

/** Puts the endpoints of every EndpointSlice into the service that its label names, port by port. */
export function compileEndpointSlices(context: CompileContext): void {
  const byHost = new Map<HostDraft, Slice[]>()
  for (const resource of resourcesOf(context, 'discovery.k8s.io', 'EndpointSlice')) {
    const fields = rootFields(resource, context.report, { known: ['addressType', 'endpoints', 'ports'] })
    const family = fields.oneOf('addressType', ['IPv4', 'IPv6', 'FQDN'])
    if (!fields.has('addressType')) fields.error('addressType', 'missing-field', '"addressType" is required.')
    const name = resource.labels.get(serviceName)
    const host = name === undefined ? undefined : context.services.find(name, resource.namespace)
    if (host === undefined) {
      const message = `It belongs to no Service of these manifests: its label "${serviceName}" names none.`
      context.report.warn(resource.at, 'unused-endpoints', message)
    } else if (family !== undefined) byHost.set(host, [...(byHost.get(host) ?? []), { resource, family, fields }])
  }
  for (const [host, slices] of byHost) compileHost(host, slices)
}

/** The pods of a dual-stack service stand in slices of both families: one of them is enough. */
function compileHost(host: HostDraft, slices: readonly Slice[]): void {
  const family = slices.some((slice) => slice.family === 'IPv4') ? 'IPv4' : undefined
  for (const slice of slices) {
    if (family !== undefined && slice.family === 'IPv6') continue
    compileSlice(host, slice)
  }
}

function compileSlice(host: HostDraft, { fields, resource }: Slice): void {
  const ready = fields.each('endpoints', endpoint).filter(isReady)
  for (const port of fields.each('ports', slicePort)) {
    const number = port.integer('port', { min: 1, max: 65_535 })
    const name = port.text('name') ?? ''
    if (number === undefined || port.text('protocol') === 'UDP') continue
    const unnamed = name === '' && (host.ports ?? []).length <= 1
    const draft = unnamed ? host.main : host.portNamed(name)
    if (draft === undefined) {
      port.warn('name', 'unknown-port', `The Service of "${host.main.name}" opens no port named "${name}".`)
      continue
    }
    if (draft.port !== undefined) host.retarget(draft.port.port, number)
    const found = ready.flatMap((one) => endpointsOf(one, number, draft.port?.scheme ?? 'http'))
    const known = new Set(draft.found.map(({ url }) => url))
    draft.found = [...draft.found, ...found.filter(({ url }) => !known.has(url))]
    const { discovery: _, ...policy } = draft.policy
    draft.policy = policy
    draft.addOrigins({ endpoints: { file: resource.at.file, line: resource.at.line } })
  }
}

/** Unknown is ready. Kubernetes itself says `ready: false` of what terminates. */
function isReady(fields: Fields): boolean {
  const conditions = fields.fields('conditions', { known: ['ready', 'serving', 'terminating'] })
  return conditions?.flag('ready') ?? true
}

function endpointsOf(fields: Fields, port: number, scheme: 'http' | 'https'): readonly EndpointOptions[] {
  const hostname = fields.text('hostname')
  const locality = localityOf(fields)
  // All addresses of one entry are the same pod: consumers take the first.
  const [address] = fields.texts('addresses') ?? []
  if (address === undefined) {
    fields.error('addresses', 'missing-field', 'At least one address is required.')
    return []
  }
  return [
    {
      url: endpointUrl(address, port, scheme),
      ...(hostname === undefined || hostname === '' ? {} : { hostname }),
      ...(locality === undefined ? {} : { locality }),
    },
  ]
}

/** Zones of the large clouds are named after their regions: `us-east-1a`, `us-central1-a`, `westeurope-1`. */
const cloudZone = /^((?:[a-z]+-)+[a-z]*\d+)(?:-?[a-z])$|^([a-z]+\d?)-\d$/

function localityOf(fields: Fields): string | undefined {
  const topology = fields.textMap(fields.has('topology') ? 'topology' : 'deprecatedTopology')
  const zone = fields.text('zone') ?? topology?.get('topology.kubernetes.io/zone')
  if (zone === undefined || zone === '') return undefined
  const parts = cloudZone.exec(zone)
  const region = topology?.get('topology.kubernetes.io/region') ?? parts?.[1] ?? parts?.[2]
  if (region !== undefined) return `${region}/${zone}`
  const message = `The region of the zone "${zone}" is not known: the locality of the endpoint is left out.`
  fields.warn('zone', 'unsupported-field', message)
  return undefined
}
