import type { OutboundExplanation } from '../mesh/explain.js'
import type { ExplainedDestination, ExplainedEndpoint } from '../mesh/explain-destination.js'
import { type Io, painted } from './io.js'
import { Lines } from './lines.js'

function answerOf({ action, refused, passthrough, route }: OutboundExplanation, io: Io): string {
  if (passthrough) return 'passes through: no service is called so'
  if (refused !== undefined) {
    const { status, flag, code, reason } = refused
    return painted(`refused: ${status} ${flag}, ${reason} (${code})`, 'red', io)
  }
  if (action === undefined || route === undefined) return 'forwarded'
  if (action.kind === 'redirect') return `redirected: ${action.status} to ${action.location}`
  if (action.kind === 'respond') return `answered: ${action.status}`
  return `forwarded as ${action.authority}${action.path}`
}

function listed(items: readonly string[]): string | undefined {
  return items.length === 0 ? undefined : items.join(', ')
}

function endpointLine({ address, ...endpoint }: ExplainedEndpoint, several: boolean): string {
  const { takesCalls, healthy, ejected, refusing, active, weight, priority, locality } = endpoint
  const facts = [
    ...(takesCalls ? [] : ['takes no calls']),
    ...(healthy ? [] : ['unhealthy']),
    ...(ejected ? ['ejected'] : []),
    ...(refusing ? ['circuit open'] : []),
    ...(active === 0 ? [] : [`${active} under way`]),
    ...(several && weight !== 1 ? [`weight ${weight}`] : []),
    ...(priority === 0 ? [] : [`priority ${priority}`]),
    ...(locality === undefined ? [] : [locality]),
  ]
  return facts.length === 0 ? address : `${address}  (${facts.join(', ')})`
}

function addDestination(destination: ExplainedDestination, lines: Lines): void {
  const { name, share, exists, status, endpoints, policy } = destination
  const percent = `${Number((share * 100).toFixed(2))} %`
  const odd = status !== undefined ? `  answered: ${status}` : exists ? '' : '  does not exist: 503 NC'
  lines.add('to', `${percent.padStart(6)}  ${name}${odd}`)
  for (const endpoint of endpoints) lines.add('endpoint', endpointLine(endpoint, endpoints.length > 1), undefined, 1)
  if (exists && status === undefined && endpoints.length === 0) lines.add('endpoint', 'none known', undefined, 1)
  lines.policy(policy, 1)
}

/** An explanation for people. */
export function describeOutbound(explanation: OutboundExplanation, io: Io): string {
  const { service, route, action, verdicts, destinations, policy } = explanation
  const lines = new Lines(io)
  lines.add('call', answerOf(explanation, io))
  lines.add('service', service)
  lines.add('route', route?.name, route?.origin)
  for (const { route: name, matched, failed } of verdicts)
    if (!matched) lines.add('not', `${name}: ${[...new Set(failed)].join('; ')}`)
  lines.add('request', listed(action?.requestHeaders ?? []))
  lines.add('response', listed(action?.responseHeaders ?? []))
  lines.add('faults', listed(action?.faults ?? []))
  lines.add('mirrors', listed(action?.mirrors ?? []))
  lines.add('cors', action?.cors === true ? 'by the route' : undefined)
  lines.policy(policy)
  for (const destination of destinations) addDestination(destination, lines)
  return lines.toString()
}
