/** Why a store did not count, in the words of the metric. */
export type StoreFailure = 'timeout' | 'down' | 'readonly' | 'reply' | 'missing'

/** Sorts what a Redis client throws: never a refusal, never a reason to fail the call by itself. */
export function storeFailure(error: unknown): StoreFailure {
  const message = error instanceof Error ? error.message : ''
  if (message.startsWith('READONLY')) return 'readonly'
  return /not ready|closed|ECONN|EPIPE|retries|offline|Cannot find/i.test(message) ? 'down' : 'reply'
}
