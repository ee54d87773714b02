import { type RetryCondition, retryTokens } from '../../resilience/retry/conditions.js'
import type { RetryOptions } from '../../resilience/retry/options.js'
import type { Fields, Vocabulary } from '../fields.js'

/** What Istio retries where nothing is said: no plain HTTP status, 503 included. */
const defaultConditions: readonly RetryCondition[] = [
  'connect-failure',
  'refused-stream',
  'unavailable',
  'cancelled',
  'retriable-status-codes',
]

/** Istio retries any method, waits for no `retry-after` and knows no budget of ours. */
const istioManners = { budget: false, unsafe: true, retryAfter: false } as const

/** The retry policy of every HTTP route that Istio generates without one. */
export const istioDefaultRetry: RetryOptions = { attempts: 2, on: defaultConditions, ...istioManners }

const vocabulary: Vocabulary = {
  known: ['attempts', 'perTryTimeout', 'retryOn', 'backoff'],
  unsupported: {
    retryRemoteLocalities: { severity: 'warning', message: 'Retries choose among all endpoints anyway.' },
    retryIgnorePreviousHosts: {
      severity: 'warning',
      message: 'Retries always prefer endpoints that the call has not tried yet.',
    },
  },
}

function compileRetryOn(fields: Fields): readonly RetryCondition[] {
  const text = fields.text('retryOn')
  if (text === undefined || text === '') return defaultConditions
  const conditions: RetryCondition[] = []
  for (const word of text.split(',').map((part) => part.trim())) {
    const token = retryTokens.find((one) => one === word)
    const status = /^[1-5]\d\d$/.test(word) ? Number(word) : undefined
    const condition = token ?? status
    if (condition !== undefined) conditions.push(condition)
    else fields.error('retryOn', 'invalid-value', `"${word}" is neither a retry condition nor a status.`)
  }
  return conditions
}

/** Compiles `retries`: absent is undefined (the service's default), `attempts: 0` or `{}` turns retries off. */
export function compileRetries(http: Fields, timeoutMs: number | undefined): RetryOptions | false | undefined {
  const fields = http.fields('retries', vocabulary)
  if (fields === undefined) return undefined
  const attempts = fields.integer('attempts', { min: 0, max: 100 }) ?? 0
  const perTryTimeout = fields.durationMs('perTryTimeout')
  const base = fields.durationMs('backoff')
  const on = compileRetryOn(fields)
  if (attempts === 0) {
    for (const name of ['perTryTimeout', 'retryOn', 'backoff'])
      if (fields.has(name)) fields.error(name, 'invalid-value', `"${name}" needs attempts; without it retries are off.`)
    return false
  }
  const idle = perTryTimeout !== undefined && timeoutMs !== undefined && timeoutMs > 0 && perTryTimeout >= timeoutMs
  if (idle) fields.warn('perTryTimeout', 'shadowed', 'It has no effect: the timeout of the route is not longer.')
  return {
    attempts,
    on,
    ...(perTryTimeout === undefined || idle ? {} : { perTryTimeout }),
    ...(base === undefined ? {} : { backoff: { base, max: base * 10 } }),
    ...istioManners,
  }
}
