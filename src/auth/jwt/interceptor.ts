import type { Interceptor } from '../../core/interceptor.js'
import { validate } from '../../core/schema/index.js'
import type { ServerCall } from '../../core/server-call.js'
import type { ConsumerStore } from '../consumers.js'
import { type JwtDeps, jwtAuthentication } from './authentication.js'
import { kongJwt } from './kong.js'
import { type JwtOptions, jwtOptions } from './options.js'

/**
 * Protects from callers without a valid token: verifies a JWT as a strict profile of RFC 8725 - issuer, audience,
 * lifetime, algorithm, key - and fails closed: 401, or 503 while there are no keys. `dialect: 'kong'` follows the jwt
 * plugin and needs `consumers`.
 *
 * @example
 * app.use(meshMiddleware([jwt({ issuer, audiences: ['shop'], jwksUri: 'https://id.example/jwks' })]))
 */
export function jwt(
  options: JwtOptions,
  deps: JwtDeps & { consumers?: ConsumerStore | undefined } = {},
): Interceptor<ServerCall> {
  const valid = validate(jwtOptions, options, 'jwt')
  return valid.dialect === 'kong' ? kongJwt(valid, deps) : jwtAuthentication([valid], deps)
}
