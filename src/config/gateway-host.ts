import { isIPv6 } from 'node:net'
import { rule, type Schema, text } from '../core/schema/index.js'

/** What a Host header can say, without its port and a dot at its end. */
const name = /^(?:\*\.)?[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?$/i

/** Whether some request can be for this host: a name, all names below one (`*.example.com`), an IPv6 address or `*`. */
export function isGatewayHost(host: string): boolean {
  return host === '*' || name.test(host) || isIPv6(host)
}

/** Schema of a host of a gateway route. */
export const gatewayHost: Schema<string> = rule(text, (value, report) => {
  if (!isGatewayHost(value)) report([], 'must be a host without a port, or one with a leading "*."')
})
