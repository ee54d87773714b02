import { messageOf } from '../core/thrown.js'
/** Why a store did not count, in the words of the metric. */
export type StoreFailure = 'timeout' | 'down' | 'readonly' | 'reply' | 'missing'

const longest = 200

/** Sorts what a Redis client throws: never a refusal, never a reason to fail the call by itself. */
export function storeFailure(error: unknown): StoreFailure {
  const message = error instanceof Error ? error.message : ''
  if (message.startsWith('READONLY')) return 'readonly'
  return /not ready|closed|ECONN|EPIPE|retries|offline|Cannot find/i.test(message) ? 'down' : 'reply'
}

/** What an error of a client says; one for several addresses has only a code. */
function textOf(error: unknown): string {
  const message = messageOf(error)
  if (message !== '' || !(error instanceof Error)) return message
  return 'code' in error ? String(error.code) : error.name
}

/**
 * Without the arguments that Redis repeats behind a command that it does not know: the key of a counter, or, where the
 * handshake of a connection fails, the password.
 */
function shownText(error: unknown): string {
  const [said = ''] = textOf(error).split(', with args')
  return said
}

/**
 * What a store said, for people: the text alone, since clients put the command with the key of its counter beside it.
 * `connection` is what its connection last failed with.
 */
export function storeError(error: unknown, connection?: unknown): Error {
  const said = shownText(error)
  const text = connection === undefined ? said : `${said} (${shownText(connection)})`
  return new Error(text.length > longest ? `${text.slice(0, longest)}…` : text)
}
