import type { LimitsOptions } from '../../resilience/concurrency/options.js'
import type { CompileContext } from '../context.js'
import type { Fields, Unsupported, Vocabulary } from '../fields.js'
import type { ServiceDraft, ServicePolicy } from '../services.js'
import { compileLoadBalancer } from './load-balancer.js'
import { compileOutlierDetection } from './outlier-detection.js'
import { compileTls } from './tls.js'

function ignored(what: string): Unsupported {
  return { severity: 'warning', message: `${what} not done yet: the field is ignored.` }
}

const vocabulary: Vocabulary = {
  known: ['loadBalancer', 'connectionPool', 'outlierDetection', 'tls', 'portLevelSettings'],
  unsupported: {
    tunnel: ignored('Tunnels are'),
    proxyProtocol: ignored('The PROXY protocol is'),
    retryBudget: ignored('Retry budgets of manifests are'),
  },
}

const tcp: Vocabulary = {
  known: ['maxConnections', 'connectTimeout'],
  unsupported: {
    tcpKeepalive: ignored('Keep-alive settings of sockets are'),
    maxConnectionDuration: ignored('A longest life of connections is'),
    idleTimeout: ignored('Idle timeouts of connections are'),
  },
}

const http: Vocabulary = {
  known: ['http1MaxPendingRequests', 'http2MaxRequests', 'maxRetries', 'h2UpgradePolicy'],
  unsupported: {
    maxRequestsPerConnection: ignored('A number of requests per connection is'),
    idleTimeout: ignored('Idle timeouts of connections are'),
    useClientProtocol: ignored('Mirroring the protocol of the caller is'),
    maxConcurrentStreams: ignored('HTTP/2 to endpoints is'),
    http2KeepAlive: ignored('HTTP/2 to endpoints is'),
  },
}

/** Istio's "no limit". */
const unlimited = 4_294_967_295

/** 0 is Istio's "unset". */
function limit(fields: Fields | undefined, name: string): number | undefined {
  const value = fields?.integer(name, { min: 0, max: unlimited })
  return value === 0 || value === unlimited ? undefined : value
}

function compilePool(policy: Fields): ServicePolicy {
  const pool = policy.fields('connectionPool', { known: ['tcp', 'http'] })
  const tcpFields = pool?.fields('tcp', tcp)
  const httpFields = pool?.fields('http', http)
  const upgrade = httpFields?.oneOf('h2UpgradePolicy', ['DEFAULT', 'DO_NOT_UPGRADE', 'UPGRADE'])
  if (upgrade === 'UPGRADE')
    httpFields?.warn('h2UpgradePolicy', 'h2-upgrade', 'Endpoints are called by HTTP/1.1: HTTP/2 is not supported yet.')
  const maxConnections = limit(tcpFields, 'maxConnections')
  const maxPendingRequests = limit(httpFields, 'http1MaxPendingRequests')
  const maxRequests = limit(httpFields, 'http2MaxRequests')
  const maxRetries = limit(httpFields, 'maxRetries')
  const connectTimeout = tcpFields?.durationMs('connectTimeout')
  const limits: LimitsOptions = {
    ...(maxConnections === undefined ? {} : { maxConnections }),
    ...(maxPendingRequests === undefined ? {} : { maxPendingRequests }),
    ...(maxRequests === undefined ? {} : { maxRequests }),
    ...(maxRetries === undefined ? {} : { maxRetries }),
  }
  return {
    ...(Object.keys(limits).length === 0 ? {} : { limits }),
    ...(connectTimeout === undefined ? {} : { connectTimeout }),
  }
}

/** Reports a policy for a part of a service: not honoured, and dangerous to ignore if it asks for TLS. */
export function checkPartialPolicy(fields: Fields, name: string): void {
  const part = fields.map(name)
  if (part?.entries.has('tls') === true)
    fields.error(
      name,
      'unsupported-field',
      'TLS settings of a part of a service are not done yet; set them for all of it.',
    )
  else if (part !== undefined)
    fields.warn(name, 'unsupported-field', 'Policies of a part of a service are not done yet: the field is ignored.')
}

/** Compiles the `trafficPolicy` of a whole service. */
export function compileTrafficPolicy(context: CompileContext, rule: Fields, service: ServiceDraft): ServicePolicy {
  const policy = rule.fields('trafficPolicy', vocabulary)
  if (policy === undefined) return {}
  for (const port of policy.maps('portLevelSettings'))
    if (port.entries.has('tls'))
      policy.error(
        'portLevelSettings',
        'unsupported-field',
        'TLS settings of a port are not done yet; set them for all.',
      )
    else policy.warn('portLevelSettings', 'unsupported-field', 'Settings of a port are not done yet: they are ignored.')
  return {
    ...compileLoadBalancer(policy),
    ...compilePool(policy),
    ...compileOutlierDetection(policy, service, context.report),
    ...compileTls(policy),
  }
}
