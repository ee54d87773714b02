import { isGatewayHost } from '../../config/gateway-host.js'

/** What is said of a host that is none. */
export const hostForm = 'A host has no port, and a wildcard stands for its whole first label: "*.example.com".'

/** Whether a rule, or an alias of its host, can have this: not any host, which is a rule without one. */
export function isRuleHost(host: string): boolean {
  return host !== '*' && isGatewayHost(host)
}
