/** What a timeout says of a stall: it is this process that has to be looked into. */
export function whileStalled(stalled: boolean): string {
  return stalled ? ' while the event loop stood still' : ''
}
