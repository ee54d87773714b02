import { type CompileContext, resourcesOf } from '../context.js'
import type { Fields, Vocabulary } from '../fields.js'
import { isDomain } from '../istio/names.js'
import { nearness } from '../istio/visibility.js'
import { originOf, type Resource, rootFields } from '../resource.js'
import type { HostDraft, ServicePort } from '../services.js'
import { checkServiceAnnotations } from './annotations.js'
import { compilePort, portVocabulary } from './port.js'

/** A Service has many fields that speak to kube-proxy and cloud providers only; those are no affair of a mesh. */
const spec: Vocabulary = {
  known: [
    'ports',
    'selector',
    'type',
    'clusterIP',
    'clusterIPs',
    'ipFamilies',
    'ipFamilyPolicy',
    'internalTrafficPolicy',
    'externalTrafficPolicy',
    'externalIPs',
    'healthCheckNodePort',
    'loadBalancerIP',
    'loadBalancerClass',
    'loadBalancerSourceRanges',
    'allocateLoadBalancerNodePorts',
    'publishNotReadyAddresses',
    'externalName',
    'sessionAffinity',
    'sessionAffinityConfig',
    'trafficDistribution',
  ],
}

const exportTo = 'networking.istio.io/exportTo'

/** Makes every Service known, with its ports. EndpointSlices say where its endpoints are. */
export function compileServices(context: CompileContext): void {
  for (const resource of resourcesOf(context, '', 'Service')) {
    const fields = rootFields(resource, context.report, { known: ['spec'] }).fields('spec', spec)
    const exported = exportedTo(resource)
    if (nearness(exported, resource.namespace, context.namespace) === undefined) {
      context.report.warn(resource.at, 'not-exported', `It is not exported to the namespace "${context.namespace}".`)
      continue
    }
    const host = context.services.use(resource.name, resource.namespace, resource.at)
    host.exportTo = exported
    if (fields !== undefined) compileSpec(context, fields, host)
    checkServiceAnnotations(context.report, resource, host.ports ?? [])
    for (const draft of host.drafts()) draft.addOrigins({ service: originOf(resource.at) })
  }
}

function exportedTo({ annotations }: Resource): readonly string[] | undefined {
  return annotations
    .get(exportTo)
    ?.split(',')
    .map((name) => name.trim())
}

function compileSpec(context: CompileContext, fields: Fields, host: HostDraft): void {
  const ports = fields
    .each('ports', portVocabulary)
    .map(compilePort)
    .filter((one) => one !== undefined)
  host.open(ports)
  const addresses = fields.texts('clusterIPs') ?? [fields.text('clusterIP') ?? '']
  for (const address of addresses) if (address !== '' && address !== 'None') context.services.addAddress(host, address)
  if (fields.oneOf('type', ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName']) === 'ExternalName') {
    discover(host, externalName(fields), ({ port }) => port)
    if (ports.some(({ port, targetPort = port }) => targetPort !== port)) warnOfTarget(fields)
  } else if (addresses.includes('None'))
    discover(host, host.host.qualified, ({ port, targetPort = port }) => targetPort)
  compileSpread(fields, host)
}

/** DNS says where the pods of a headless service are, unless EndpointSlices do; a CNAME translates no ports. */
function discover(host: HostDraft, name: string | undefined, portOf: (port: ServicePort) => number): void {
  if (name === undefined) return
  for (const draft of host.drafts()) {
    const { port } = draft
    draft.policy = {
      ...draft.policy,
      discovery: {
        kind: 'dns',
        name,
        ...(port === undefined ? {} : { port: portOf(port), scheme: port.scheme }),
      },
    }
  }
}

function warnOfTarget(fields: Fields): void {
  const why = 'A CNAME translates no ports: "port" is called, as by Istio; Kong would call "targetPort"'
  fields.warn('ports', 'unsupported-field', `${why}.`)
}

function externalName(fields: Fields): string | undefined {
  const name = fields.requiredText('externalName')
  if (name === undefined || isDomain(name)) return name
  fields.error('externalName', 'invalid-value', 'must be a host name.')
  return undefined
}

function compileSpread(fields: Fields, host: HostDraft): void {
  const affinity = fields.oneOf('sessionAffinity', ['None', 'ClientIP'])
  const config = fields.fields('sessionAffinityConfig', { known: ['clientIP'] })
  config?.fields('clientIP', { known: ['timeoutSeconds'] })?.integer('timeoutSeconds', { min: 1, max: 86_400 })
  if (affinity === 'ClientIP') {
    host.affinity = { type: 'maglev', hash: [{ sourceIp: true }] }
    const message = 'Calls of one client of a gateway share an endpoint, with no timeout; calls of this process do not.'
    fields.warn('sessionAffinity', 'unsupported-field', message)
  }
  const near = fields.oneOf('trafficDistribution', ['PreferClose', 'PreferSameZone', 'PreferSameNode'])
  host.prefersNear = near !== undefined
  if (near === 'PreferSameNode')
    fields.warn('trafficDistribution', 'unsupported-field', 'Nodes are not known: the same zone is preferred.')
}
