/** Phases in which a call waits for this process, for what its caller sends or for its reader, and not for an endpoint. */
const ours: ReadonlySet<string | undefined> = new Set(['config', 'fault', 'discovery', 'queue', 'upload', 'reader'])

/** Whether work in this phase waits for nobody but us: no endpoint can help it. */
export function waitsForUs(phase: string | undefined): boolean {
  return ours.has(phase)
}
