/** Where a command writes to, so that tests can read it. */
export interface Io {
  /** Results. */
  readonly out: (text: string) => void
  /** What went wrong. */
  readonly err: (text: string) => void
  /** Somebody looks at it: colours help. */
  readonly color: boolean
}

/** How a command ended: 0 well, 1 the manifests have errors, 2 it was called wrongly. */
export type ExitCode = 0 | 1 | 2

/** Text in a colour, where there are colours. */
export function painted(text: string, color: 'red' | 'yellow' | 'bold' | 'dim', io: Io): string {
  if (!io.color) return text
  const code = { red: 31, yellow: 33, bold: 1, dim: 2 }[color]
  return `\u001b[${code}m${text}\u001b[0m`
}
