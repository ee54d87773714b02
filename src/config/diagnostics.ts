/** What a loader found out about a source of config. */
export interface Diagnostic {
  /** `error`: `createMesh` and `mesh.update` refuse the config. */
  readonly severity: 'error' | 'warning'
  /** As the user named it: a path, or the `name` of a text. */
  readonly file: string
  /** 1-based. */
  readonly line: number
  /** 1-based. */
  readonly column: number
  /** Field, as the source writes it: `spec.http[0].route`. */
  readonly path: string
  /** Stable. */
  readonly code: string
  /** A sentence; never shows a secret. */
  readonly message: string
}

function isDiagnostics(value: unknown): value is readonly Diagnostic[] {
  return Array.isArray(value)
}

/** What a loader left on a config, in a property that is not enumerable; empty for configs written by hand. */
export function diagnosticsOf(config: unknown): readonly Diagnostic[] {
  if (typeof config !== 'object' || config === null) return []
  const property = Object.getOwnPropertyDescriptor(config, 'diagnostics')
  if (property === undefined || property.enumerable === true) return []
  return isDiagnostics(property.value) ? property.value : []
}
