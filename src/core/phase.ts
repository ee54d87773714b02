/**
 * What a call is waiting for: a first config, endpoints that are discovered, an injected delay, a permit or a connection of
 * its own (`queue`), the network, the caller's body (`upload`) or reader, or the pause before a retry (`backoff`).
 */
export type Phase =
  | 'config'
  | 'discovery'
  | 'fault'
  | 'queue'
  | 'connect'
  | 'upload'
  | 'headers'
  | 'body'
  | 'reader'
  | 'backoff'

/** Phases in which a call waits for this process, for what its caller sends or for its reader, and not for an endpoint. */
const ours: ReadonlySet<Phase | undefined> = new Set<Phase>([
  'config',
  'fault',
  'discovery',
  'queue',
  'upload',
  'reader',
])

/** Whether work in this phase waits for nobody but us: no endpoint can help it. */
export function waitsForUs(phase: Phase | undefined): boolean {
  return ours.has(phase)
}
