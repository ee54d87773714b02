import { isMeshError } from '../core/errors.js'
import { parseSpiffeId, type SpiffeId } from './spiffe-id.js'

/** Whether a text is a SPIFFE ID, or one whose last path segment is `*`. */
export function isIdentityPattern(pattern: string): boolean {
  try {
    parseSpiffeId(pattern.endsWith('/*') ? `${pattern.slice(0, -1)}any` : pattern)
    return true
  } catch (error) {
    if (isMeshError(error)) return false
    throw error
  }
}

/** Whether an identity is the one meant, or for a pattern that ends in `/*`, one segment below it. */
export function matchesIdentity(id: Pick<SpiffeId, 'uri'>, pattern: string): boolean {
  if (!pattern.endsWith('/*')) return id.uri === pattern
  const prefix = pattern.slice(0, -1)
  return id.uri.startsWith(prefix) && !id.uri.includes('/', prefix.length)
}
