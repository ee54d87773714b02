import { messageOf } from './thrown.js'

/** Says of code of the user's that threw where nobody could catch it: a process warning, and everything else goes on. */
export function warnOfThrown(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : messageOf(error), 'SidecarlessListenerWarning')
}
