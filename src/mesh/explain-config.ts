import { checkConfig } from '../config/check.js'
import type { MeshConfig } from '../config/config.js'
import type { ServiceConfig } from '../config/service.js'
import { type ClientCall, clientCall } from '../core/call.js'
import { httpClassifier } from '../core/classifier.js'
import { systemClock } from '../core/clock.js'
import { InFlight } from '../core/in-flight.js'
import type { Interceptor } from '../core/interceptor.js'
import { Observer } from '../core/observer.js'
import { systemRandom } from '../core/random.js'
import { runAtOnce } from '../core/steps.js'
import { type ExplainRequest, explainOutbound, type OutboundExplanation } from './explain.js'
import { explainInbound, type InboundExplanation } from './explain-inbound.js'
import { type Workload, workloadOf } from './options.js'
import { Services } from './services.js'
import { emptySnapshot } from './snapshot.js'

const passOn: Interceptor<ClientCall> = (call, next) => next(call)

function ignore(): void {}

/** What of a service decides about calls; nothing that would ask a name server, a health check or a certificate. */
function inert(service: ServiceConfig): ServiceConfig {
  const { tls: _tls, discovery: _discovery, healthCheck: _healthCheck, subsetPolicies = {}, ...rest } = service
  const policies = Object.entries(subsetPolicies).map(([name, policy]) => [name, { ...policy, tls: undefined }])
  return { ...rest, subsetPolicies: Object.fromEntries(policies) }
}

/**
 * Says what a mesh would do with a request under a config, without being one: nothing is connected, looked up or waited
 * for, so that endpoints may be unknown. Throws `ConfigError` for a config that may not serve.
 */
export function explainConfig(
  config: MeshConfig,
  workload: Workload,
  request: ExplainRequest,
): OutboundExplanation | InboundExplanation {
  const checked = checkConfig(config).config
  const services = new Services(
    {
      workload: workloadOf(workload),
      clock: systemClock,
      random: systemRandom,
      observer: new Observer(),
      classifier: httpClassifier,
      identity: undefined,
      telemetry: () => ({ service: passOn, attempt: passOn, copies: () => passOn }),
      edits: [],
      underWay: new InFlight(),
    },
    { remember: ignore, forget: ignore },
  )
  const given = checked.services ?? {}
  const shown = Object.fromEntries(Object.entries(given).map(([name, service]) => [name, inert(service)]))
  const prepared = runAtOnce(services.prepare({ services: shown }, emptySnapshot))
  const { snapshot } = prepared

  function explainCall(call: ClientCall): OutboundExplanation {
    const { service, authority, scheme } = call
    const found = service === '' ? snapshot.hosts.find(authority, scheme) : snapshot.services.get(service)
    return explainOutbound(found, call, { services: given, passes: true, complete: false })
  }

  try {
    if (request.side !== 'server') return explainCall(clientCall(request))
    return explainInbound(checked, checked.inbound?.mtls ?? 'disable', request, explainCall)
  } finally {
    prepared.abandon()
  }
}
