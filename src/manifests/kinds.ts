import type { Reporter } from './diagnostics.js'
import type { Resource } from './resource.js'

const compiled: ReadonlySet<string> = new Set([
  '/Service',
  '/Secret',
  '/Namespace',
  'discovery.k8s.io/EndpointSlice',
  'networking.k8s.io/Ingress',
  'gateway.networking.k8s.io/GatewayClass',
  'gateway.networking.k8s.io/Gateway',
  'gateway.networking.k8s.io/HTTPRoute',
  'gateway.networking.k8s.io/ReferenceGrant',
  'networking.istio.io/VirtualService',
  'networking.istio.io/DestinationRule',
  'networking.istio.io/ServiceEntry',
  'configuration.konghq.com/KongPlugin',
  'configuration.konghq.com/KongConsumer',
])

/** Groups and kinds that restrict who may call: a process that ignored one would be open. */
const guards: ReadonlySet<string> = new Set([
  'security.istio.io/AuthorizationPolicy',
  'security.istio.io/PeerAuthentication',
  'security.istio.io/RequestAuthentication',
  'networking.istio.io/EnvoyFilter',
  'extensions.istio.io/WasmPlugin',
  'configuration.konghq.com/KongClusterPlugin',
  'configuration.konghq.com/KongConsumerGroup',
  'gateway.networking.k8s.io/BackendTLSPolicy',
  'gateway.envoyproxy.io/ClientTrafficPolicy',
  'gateway.envoyproxy.io/EnvoyExtensionPolicy',
  'gateway.envoyproxy.io/EnvoyPatchPolicy',
  'gateway.envoyproxy.io/SecurityPolicy',
  'policy.linkerd.io/AuthorizationPolicy',
  'policy.linkerd.io/Server',
  'policy.linkerd.io/ServerAuthorization',
  'traefik.containo.us/Middleware',
  'traefik.io/Middleware',
])

/** The objects that are compiled. Others are reported: as errors if they guard something. Nothing appears twice. */
export function selectResources(resources: readonly Resource[], report: Reporter): readonly Resource[] {
  const seen = new Map<string, Resource>()
  return resources.filter((resource) => {
    const { group, kind, namespace, name, at } = resource
    const type = `${group}/${kind}`
    if (!compiled.has(type)) {
      const what = `${kind}${group === '' ? '' : ` (${group})`}`
      if (guards.has(type)) report.error(at, 'unsupported-resource', `${what} is not honoured, and guards something.`)
      else report.warn(at, 'unsupported-resource', `${what} is not read: it changes nothing here.`)
      return false
    }
    const key = `${type} ${namespace}/${name}`
    const earlier = seen.get(key)
    if (earlier === undefined) {
      seen.set(key, resource)
      return true
    }
    const where = `${earlier.at.file}:${earlier.at.line}`
    report.error(at, 'duplicate-resource', `${kind} ${namespace}/${name} stands in ${where} already.`)
    return false
  })
}
