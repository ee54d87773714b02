import { oneOf, type Schema } from '../core/schema/index.js'

/** Signature algorithms of RFC 7518 and RFC 8037 that a token may carry. `none` is not among them. */
export type JwtAlgorithm =
  | 'HS256'
  | 'HS384'
  | 'HS512'
  | 'RS256'
  | 'RS384'
  | 'RS512'
  | 'PS256'
  | 'PS384'
  | 'PS512'
  | 'ES256'
  | 'ES384'
  | 'ES512'
  | 'EdDSA'

/** What a published key set may be used with: a public key never verifies an HMAC. */
export const asymmetricAlgorithms: readonly JwtAlgorithm[] = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
]

/** Schema of `JwtAlgorithm`. */
export const jwtAlgorithm: Schema<JwtAlgorithm> = oneOf('HS256', 'HS384', 'HS512', ...asymmetricAlgorithms)

/** Whether an algorithm signs with a shared secret. */
export function isSymmetric(algorithm: JwtAlgorithm): boolean {
  return algorithm.startsWith('HS')
}
