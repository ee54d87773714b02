import type { Fields } from '../fields.js'
import { isDnsLabel, isDomain } from './names.js'

/** The reserved name of all sidecars, which is what this library is. */
export const meshGateway = 'mesh'

/** Checks `gateways`: `mesh`, names, or `namespace/name`. */
export function checkGatewayNames(fields: Fields, gateways: readonly string[]): void {
  for (const gateway of gateways) {
    const slash = gateway.indexOf('/')
    const isValid =
      slash === -1 ? isDomain(gateway) : isDnsLabel(gateway.slice(0, slash)) && isDnsLabel(gateway.slice(slash + 1))
    if (!isValid)
      fields.error('gateways', 'invalid-value', `"${gateway}" is no name of a gateway, and no "namespace/name".`)
    else if (slash === -1 && gateway.includes('.'))
      fields.warn('gateways', 'invalid-value', `"${gateway}" is the old form; write "namespace/name".`)
  }
}
