export { type JwtDeps, jwtAuthentication } from './authentication.js'
export type { HttpGet, HttpGetLimits, HttpText } from './http-get.js'
export { jwt } from './interceptor.js'
export { KeySets } from './key-sets.js'
export { type KongJwtDeps, kongJwt } from './kong.js'
export {
  type JwksRefresh,
  type JwtKey,
  type JwtOptions,
  type JwtSources,
  jwtOptions,
  type PublicJwk,
} from './options.js'
