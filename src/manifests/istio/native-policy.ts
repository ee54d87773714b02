import { isDeepStrictEqual } from 'node:util'
import type { LoadBalancerOptions, LoadBalancerSettings } from '../../cluster/balancer/options.js'
import type { LocalityOptions } from '../../cluster/locality-options.js'
import type { SubsetPolicy } from '../../config/service.js'
import type { Origin } from '../../core/origin.js'
import { isOriginal } from '../../discovery/index.js'
import { originOf } from '../resource.js'
import type { HostDraft, ServiceDraft } from '../services.js'
import type { PolicyBlocks } from './policy.js'
import { withSubjectAltNames } from './tls.js'

/** Whether and how localities count: a rule's own words, else the Service's, else near ones first if any can fail over. */
function localityOf({ loadBalancer, outlierDetection }: PolicyBlocks, host: HostDraft): LocalityOptions | undefined {
  const given = loadBalancer?.locality
  if (given === 'off') return undefined
  if (given?.distribute !== undefined) return given
  if (given !== undefined) return outlierDetection === undefined ? undefined : given
  return host.prefersNear || outlierDetection !== undefined ? {} : undefined
}

function loadBalancerOf(blocks: PolicyBlocks, host: HostDraft): LoadBalancerOptions | undefined {
  const locality = localityOf(blocks, host)
  const settings: LoadBalancerSettings = blocks.loadBalancer?.settings ?? host.affinity ?? {}
  if (locality !== undefined) return { ...settings, locality }
  const { type, ...others } = settings
  return Object.keys(others).length === 0 ? type : settings
}

/** Whether what is behind it speaks TLS itself, or whatever its caller does. */
function speaksTls({ port, endpoints, policy }: ServiceDraft): boolean {
  if (port?.scheme === 'https' || isOriginal(policy.discovery)) return true
  return endpoints.some(({ url }) => url.startsWith('https:'))
}

/** `DISABLE` means that the proxy adds no TLS: that of its caller, which is made here, goes through it. */
function tlsOf({ tls, loadBalancer }: PolicyBlocks, service: ServiceDraft): SubsetPolicy['tls'] {
  if (tls === undefined) return undefined
  if (tls.tls === 'disable' && (loadBalancer?.passthrough === true || speaksTls(service))) return undefined
  return withSubjectAltNames(tls, service.owner.servers?.names ?? [])
}

/** What the blocks of a policy mean natively. */
export function nativePolicy(blocks: PolicyBlocks, service: ServiceDraft): SubsetPolicy {
  const { connectionPool, outlierDetection } = blocks
  const loadBalancer = loadBalancerOf(blocks, service.owner)
  const tls = tlsOf(blocks, service)
  return {
    ...(loadBalancer === undefined ? {} : { loadBalancer }),
    ...(connectionPool?.limits === undefined ? {} : { limits: connectionPool.limits }),
    ...(connectionPool?.connectTimeout === undefined ? {} : { connectTimeout: connectionPool.connectTimeout }),
    ...(connectionPool?.connections === undefined ? {} : { connections: connectionPool.connections }),
    ...(outlierDetection === undefined ? {} : { outlierDetection: outlierDetection.options }),
    ...(tls === undefined ? {} : { tls }),
  }
}

/** What a subset says where its blocks leave out what the service has. */
function absent(service: ServiceDraft): Required<Omit<SubsetPolicy, 'circuitBreaker' | 'admission'>> {
  return {
    loadBalancer: 'least-request',
    limits: {},
    connectTimeout: 10_000,
    connections: {},
    outlierDetection: { consecutive5xxErrors: 0, consecutiveGatewayErrors: 0, panicThresholdPercent: 50 },
    tls: speaksTls(service) ? 'simple' : 'disable',
  }
}

const fields = ['loadBalancer', 'limits', 'connectTimeout', 'connections', 'outlierDetection', 'tls'] as const

function differing<Name extends keyof SubsetPolicy>(
  name: Name,
  base: SubsetPolicy,
  own: SubsetPolicy,
  otherwise: SubsetPolicy,
): Pick<SubsetPolicy, Name> | undefined {
  if (isDeepStrictEqual(base[name], own[name])) return undefined
  const value: Pick<SubsetPolicy, Name> = own[name] === undefined ? otherwise : own
  return value
}

/** The policy of a subset, as far as it differs from its service's. */
export function subsetDifference(base: SubsetPolicy, own: SubsetPolicy, service: ServiceDraft): SubsetPolicy {
  const otherwise = absent(service)
  const difference: SubsetPolicy = {}
  for (const name of fields) {
    const source = differing(name, base, own, otherwise)
    if (source !== undefined) Object.assign(difference, { [name]: source[name] })
  }
  return difference
}

/** Where the fields of a native policy were written. */
export function policyOrigins(blocks: PolicyBlocks, policy: SubsetPolicy, prefix: string = ''): Record<string, Origin> {
  const { loadBalancer, connectionPool, outlierDetection, tls } = blocks
  const places = {
    loadBalancer: loadBalancer?.at ?? outlierDetection?.at,
    limits: connectionPool?.at,
    connectTimeout: connectionPool?.at,
    connections: connectionPool?.at,
    outlierDetection: outlierDetection?.at,
    tls: tls?.at,
  }
  const origins: Record<string, Origin> = {}
  for (const name of fields) {
    const at = places[name]
    if (at !== undefined && policy[name] !== undefined) origins[prefix + name] = originOf(at)
  }
  return origins
}
