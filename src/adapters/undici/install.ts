import { type Dispatcher, getGlobalDispatcher, setGlobalDispatcher } from 'undici'

/** A dispatcher in the place of the one that was global before it. */
interface Installation {
  readonly dispatcher: Dispatcher
  readonly before: Dispatcher
  /** It is to go as soon as nothing stands in its place. */
  over: boolean
}

/** Of the whole thread, as the global dispatcher is; the last is the newest. */
const installations: Installation[] = []

/** Takes those that are over from the top; what somebody else has set since stays, and so does what is under it. */
function settle(): void {
  for (;;) {
    const current = getGlobalDispatcher()
    const at = installations.findLastIndex(({ dispatcher }) => dispatcher === current)
    const top = installations[at]
    if (top === undefined || !top.over) return
    installations.splice(at, 1)
    setGlobalDispatcher(top.before)
  }
}

/**
 * Makes a dispatcher the global one of undici, which the built-in fetch has too. Returns what restores the one before, in
 * any order with others that were installed; a second time that does nothing.
 */
export function install(dispatcher: Dispatcher): () => void {
  const installation: Installation = { dispatcher, before: getGlobalDispatcher(), over: false }
  installations.push(installation)
  setGlobalDispatcher(dispatcher)
  return function restore() {
    if (installation.over) return
    installation.over = true
    settle()
  }
}

/** Restores what was there before a dispatcher, wherever it is installed. */
export function uninstall(dispatcher: Dispatcher): void {
  for (const installation of installations) if (installation.dispatcher === dispatcher) installation.over = true
  settle()
}
