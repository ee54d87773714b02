import type { MeshConfig } from '../config/config.js'
import type { ServiceConfig } from '../config/service.js'
import { ConfigError, type Problem } from '../core/config-error.js'

/** What needs an identity is refused when there is none: mutual TLS without a certificate would be none. */
export function checkIdentity(config: MeshConfig, hasIdentity: boolean): void {
  if (hasIdentity) return
  const message = 'needs an identity of our own: createMesh({ identity })'
  const problems: Problem[] = []
  const check = (path: string, tls: ServiceConfig['tls']): void => {
    const mode = typeof tls === 'string' ? tls : tls?.mode
    if (mode === 'mutual') problems.push({ path: `${path}.tls`, message: `"mutual" ${message}` })
  }
  for (const [name, { tls, subsetPolicies }] of Object.entries(config.services ?? {})) {
    check(`services.${name}`, tls)
    for (const [subset, policy] of Object.entries(subsetPolicies ?? {}))
      check(`services.${name}.subsetPolicies.${subset}`, policy?.tls)
  }
  const mtls = config.inbound?.mtls
  if (mtls === 'strict' || mtls === 'permissive')
    problems.push({ path: 'inbound.mtls', message: `"${mtls}" ${message}` })
  if (problems.length > 0) throw new ConfigError(problems)
}
