import type { Fields } from '../fields.js'
import { readDurationMs } from './duration.js'

/** The time limits of a rule, ms; 0 for none, undefined where nothing is said. */
export interface Timeouts {
  readonly request: number | undefined
  readonly backendRequest: number | undefined
}

/** Compiles `timeouts` of a rule. */
export function compileTimeouts(rule: Fields): Timeouts {
  const fields = rule.fields('timeouts', { known: ['request', 'backendRequest'] })
  const request = fields === undefined ? undefined : readDurationMs(fields, 'request')
  const backendRequest = fields === undefined ? undefined : readDurationMs(fields, 'backendRequest')
  if (request !== undefined && request !== 0 && backendRequest !== undefined && backendRequest > request)
    fields?.error('backendRequest', 'invalid-value', 'must not be longer than "request", which it is a part of.')
  return { request, backendRequest }
}
