import { type CompileContext, resourcesOf } from '../context.js'
import type { Fields, Vocabulary } from '../fields.js'
import { originOf, rootFields } from '../resource.js'
import type { ServicePort } from '../services.js'

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
  ],
  unsupported: {
    sessionAffinity: { severity: 'warning', message: 'Sessions do not stick to endpoints yet: the field is ignored.' },
    sessionAffinityConfig: { severity: 'warning', message: 'Sessions do not stick to endpoints yet.' },
    trafficDistribution: { severity: 'warning', message: 'Locality is not looked at yet: the field is ignored.' },
  },
}

const port: Vocabulary = { known: ['name', 'port', 'targetPort', 'protocol', 'appProtocol', 'nodePort'] }

function compilePort(fields: Fields): ServicePort | undefined {
  const range = { min: 1, max: 65_535 }
  const port = fields.integer('port', range)
  if (!fields.has('port')) fields.error('port', 'missing-field', '"port" is required.')
  const target = fields.value('targetPort')
  const named = target?.kind === 'scalar' && typeof target.value === 'string'
  const targetPort = named ? undefined : (fields.integer('targetPort', range) ?? port)
  return port === undefined ? undefined : { name: fields.text('name'), port, targetPort }
}

/** Makes every Service known, with its ports. Where its endpoints are is not its affair. */
export function compileServices(context: CompileContext): void {
  for (const resource of resourcesOf(context, '', 'Service')) {
    const fields = rootFields(resource, context.report, { known: ['spec'] }).fields('spec', spec)
    const service = context.services.use(resource.name, resource.namespace, resource.at)
    service.policy = { ...service.policy, origins: { ...service.policy.origins, service: originOf(resource.at) } }
    if (fields === undefined) continue
    if (fields.text('type') === 'ExternalName')
      fields.warn('type', 'unsupported-field', 'External names are not resolved: give the endpoints.')
    service.ports = fields
      .each('ports', port)
      .map(compilePort)
      .filter((one) => one !== undefined)
  }
}
