import type { RetryCondition } from '../../resilience/retry/conditions.js'
import type { RetryOptions } from '../../resilience/retry/options.js'
import type { Reporter } from '../diagnostics.js'
import type { Fields } from '../fields.js'
import { readDurationMs } from './duration.js'

/** What never got to a backend, or what it declined: as Istio does for a rule that says `retry`. */
const always: readonly RetryCondition[] = ['connect-failure', 'refused-stream', 'unavailable', 'cancelled']

/** Envoy retries any method, waits for no `retry-after` and knows no budget of ours. */
const manners = { budget: false, unsafe: true, retryAfter: false } as const

function readCodes(fields: Fields, report: Reporter): readonly number[] {
  const codes = new Set<number>()
  for (const item of fields.list('codes')?.items ?? []) {
    const code = item.kind === 'scalar' ? item.value : undefined
    if (typeof code !== 'number' || !Number.isInteger(code) || code < 400 || code > 599)
      report.error(item.at, 'invalid-value', 'must be a status between 400 and 599.')
    else if (codes.has(code)) report.error(item.at, 'invalid-value', `${code} stands in the list already.`)
    else codes.add(code)
  }
  return [...codes]
}

/** More than these do no good to anybody. */
const mostAttempts = 100

function readAttempts(fields: Fields): number {
  const attempts = fields.integer('attempts', { min: 0 }) ?? 2
  if (attempts <= mostAttempts) return attempts
  fields.warn('attempts', 'unsupported-field', `At most ${mostAttempts} retries are made.`)
  return mostAttempts
}

/** Compiles `retry` of a rule: absent is undefined (the service's default), `attempts: 0` turns retries off. */
export function compileRetry(rule: Fields, report: Reporter, perTryTimeout: number): RetryOptions | false | undefined {
  const fields = rule.fields('retry', { known: ['codes', 'attempts', 'backoff'] })
  if (fields === undefined) return undefined
  const attempts = readAttempts(fields)
  const codes = readCodes(fields, report)
  const least = readDurationMs(fields, 'backoff') ?? 0
  if (attempts === 0) return false
  return {
    attempts,
    on: [
      ...always,
      ...(codes.length === 0 ? [] : (['retriable-status-codes', ...codes] as const)),
      // Envoy knows no such condition; the Gateway API asks for it.
      ...(perTryTimeout === 0 ? [] : (['attempt-timeout'] as const)),
    ],
    ...(perTryTimeout === 0 ? {} : { perTryTimeout }),
    ...(least === 0 ? {} : { backoff: { min: least, base: least } }),
    ...manners,
  }
}
