import type { InboundExplanation } from '../mesh/explain-inbound.js'
import { describeOutbound } from './describe-outbound.js'
import type { Io } from './io.js'
import { Lines } from './lines.js'

function listed(items: readonly string[]): string | undefined {
  return items.length === 0 ? undefined : items.join(', ')
}

/** An explanation for people. */
export function describeInbound(explanation: InboundExplanation, io: Io): string {
  const { path, mtls, authentication, authorization, rateLimits, gateway } = explanation
  const lines = new Lines(io)
  lines.add('path', path)
  lines.add('mtls', mtls)
  lines.add('authentication', listed(authentication))
  lines.add('authorization', `${authorization.allowed ? 'allowed' : 'denied'} by ${authorization.rule}`)
  lines.add('rate limits', listed(rateLimits))
  lines.add('gateway', gateway?.route ?? 'no route takes this request: 404 NR', gateway?.origin)
  lines.add('plugins', listed(gateway?.plugins ?? []))
  return gateway === undefined ? lines.toString() : `${lines}${describeOutbound(gateway.upstream, io)}`
}
