import { type RetryCondition, retryTokens } from '../../resilience/retry/conditions.js'
import type { RetryOptions } from '../../resilience/retry/options.js'
import type { Place, Reporter } from '../diagnostics.js'
import type { Fields, Vocabulary } from '../fields.js'
import { readDurationMs } from './duration.js'

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

/** `retries` of a rule. */
export interface HttpRetries {
  /** `false` for none. `avoidTried` is there only when it was said. */
  readonly options: RetryOptions | false
  readonly perTryTimeoutMs: number | undefined
  readonly perTryTimeoutAt: Place
}

const vocabulary: Vocabulary = {
  known: ['attempts', 'perTryTimeout', 'retryOn', 'backoff', 'retryRemoteLocalities', 'retryIgnorePreviousHosts'],
}

/** The most retries that the library makes of one call. */
const maxAttempts = 100

/** The statuses that Go's net/http has a text for: Istio takes no others. */
function isKnownStatus(status: number): boolean {
  const ranges = [
    [100, 103],
    [200, 208],
    [226, 226],
    [300, 305],
    [307, 308],
    [400, 418],
    [421, 426],
    [428, 429],
    [431, 431],
    [451, 451],
    [500, 508],
    [510, 511],
  ] as const
  return ranges.some(([first, last]) => status >= first && status <= last)
}

function readRetryOn(fields: Fields): readonly RetryCondition[] {
  const text = fields.text('retryOn')
  if (text === undefined || text === '') return defaultConditions
  const conditions: RetryCondition[] = []
  for (const word of text.split(',')) {
    const token = retryTokens.find((one) => one === word)
    const status = /^\d{3}$/.test(word) && isKnownStatus(Number(word)) ? Number(word) : undefined
    const condition = token ?? status
    if (condition !== undefined) conditions.push(condition)
    else {
      const hint = word.trim() === word ? '' : ' No spaces stand between them.'
      fields.error('retryOn', 'invalid-value', `"${word}" is neither a retry condition nor a status.${hint}`)
    }
  }
  return conditions
}

function readAttempts(fields: Fields): number {
  const attempts = fields.integer('attempts', { min: 0, max: 2_147_483_647 }) ?? 0
  if (attempts <= maxAttempts) return attempts
  fields.warn('attempts', 'unsupported-field', `More than ${maxAttempts} retries are not made of one call.`)
  return maxAttempts
}

/** Reads `retries`; undefined when there are none: then the service's default holds. `attempts: 0` or `{}` is for none. */
export function readRetries(http: Fields): HttpRetries | undefined {
  const fields = http.fields('retries', vocabulary)
  if (fields === undefined) return undefined
  const attempts = readAttempts(fields)
  const perTryTimeoutMs = readDurationMs(fields, 'perTryTimeout')
  const perTryTimeoutAt = fields.place('perTryTimeout')
  const base = readDurationMs(fields, 'backoff')
  const on = readRetryOn(fields)
  const remote = fields.flag('retryRemoteLocalities')
  const avoidTried = fields.flag('retryIgnorePreviousHosts')
  if (attempts === 0) {
    for (const name of ['perTryTimeout', 'retryOn', 'backoff', 'retryRemoteLocalities'])
      if (fields.has(name) && !(name === 'retryOn' && fields.text(name) === ''))
        fields.error(name, 'invalid-value', `"${name}" needs attempts; without them there are no retries.`)
    return { options: false, perTryTimeoutMs, perTryTimeoutAt }
  }
  const options: RetryOptions = {
    attempts,
    on,
    ...(base === undefined ? {} : { backoff: { base, max: base * 10 } }),
    ...(avoidTried === undefined ? {} : { avoidTried }),
    ...(remote === true ? { avoidTriedPriorities: true } : {}),
    ...istioManners,
  }
  return { options, perTryTimeoutMs, perTryTimeoutAt }
}

/** The native policy of a rule with this timeout; undefined for the service's default. */
export function toRetryOptions(
  retries: HttpRetries | undefined,
  timeoutMs: number | undefined,
  report: Reporter,
): RetryOptions | false | undefined {
  if (retries === undefined || retries.options === false) return retries?.options
  const { perTryTimeoutMs, perTryTimeoutAt } = retries
  if (perTryTimeoutMs === undefined) return retries.options
  if (timeoutMs === undefined || perTryTimeoutMs < timeoutMs)
    return { ...retries.options, perTryTimeout: perTryTimeoutMs }
  report.warn(perTryTimeoutAt, 'shadowed', 'It has no effect: the timeout of the route is not longer.')
  return retries.options
}
