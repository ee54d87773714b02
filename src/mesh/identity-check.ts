import type { MeshConfig } from '../config/config.js'
import { ConfigError, type Problem } from '../core/config-error.js'

/** What needs an identity is refused when there is none: mutual TLS without a certificate would be none. */
export function checkIdentity(config: MeshConfig, hasIdentity: boolean): void {
  if (hasIdentity) return
  const message = 'needs an identity of our own: createMesh({ identity })'
  const problems: Problem[] = Object.entries(config.services ?? {}).flatMap(([name, { tls }]) => {
    const mode = typeof tls === 'string' ? tls : tls?.mode
    return mode === 'mutual' ? [{ path: `services.${name}.tls`, message: `"mutual" ${message}` }] : []
  })
  const mtls = config.inbound?.mtls
  if (mtls === 'strict' || mtls === 'permissive')
    problems.push({ path: 'inbound.mtls', message: `"${mtls}" ${message}` })
  if (problems.length > 0) throw new ConfigError(problems)
}
