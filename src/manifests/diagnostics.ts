import type { Diagnostic as ConfigDiagnostic } from '../config/diagnostics.js'

/** Everything that can be said about a manifest, as stable codes. */
export type DiagnosticCode =
  | 'ambiguous-plugin'
  | 'duplicate-resource'
  | 'empty-file'
  | 'empty-subset'
  | 'flat-redis-host'
  | 'h2-upgrade'
  | 'inferred-plugin'
  | 'invalid-value'
  | 'listener-port'
  | 'local-counting'
  | 'missing-delegate'
  | 'missing-field'
  | 'missing-grant'
  | 'missing-parent'
  | 'missing-path-type'
  | 'missing-plugin'
  | 'missing-secret'
  | 'missing-service'
  | 'never-ejects'
  | 'no-consumers'
  | 'no-endpoints'
  | 'no-files'
  | 'not-a-resource'
  | 'not-exported'
  | 'other-controller'
  | 'partial-host'
  | 'shadowed'
  | 'too-deep'
  | 'too-large'
  | 'undefined-subset'
  | 'unknown-field'
  | 'unknown-port'
  | 'unreadable-file'
  | 'unsupported-field'
  | 'unsupported-resource'
  | 'unused-delegate'
  | 'unused-endpoints'
  | 'unused-plugin'
  | 'wrong-type'
  | 'yaml-alias'
  | 'yaml-duplicate-key'
  | 'yaml-key'
  | 'yaml-syntax'
  | 'yaml-tag'

/** `error`: the config is refused. `warning`: something does not do what its author may expect. */
export type Severity = 'error' | 'warning'

/** A place in a manifest. */
export interface Place {
  /** As the user named it: a path, or the `name` of a text. */
  readonly file: string
  /** 1-based. */
  readonly line: number
  /** 1-based. */
  readonly column: number
  /** Field, as `kubectl` writes it: `spec.http[0].route`. */
  readonly path: string
}

/** One thing to know about a manifest, and where it stands. The message never shows the value of a secret. */
export interface Diagnostic extends ConfigDiagnostic {
  readonly code: DiagnosticCode
}

/** Collects diagnostics while manifests are compiled: nothing that cannot be honoured is dropped in silence. */
export class Reporter {
  readonly #diagnostics: Diagnostic[] = []
  readonly #told = new Set<string>()

  /** How many there are. */
  get count(): number {
    return this.#diagnostics.length
  }

  /** What ignoring would weaken security, or what cannot be understood at all. */
  error(at: Place, code: DiagnosticCode, message: string): void {
    this.report('error', at, code, message)
  }

  /** What is done otherwise than written, or not at all. */
  warn(at: Place, code: DiagnosticCode, message: string): void {
    this.report('warning', at, code, message)
  }

  /** For a severity that is data. */
  report(severity: Severity, at: Place, code: DiagnosticCode, message: string): void {
    const { file, line, column, path } = at
    // A resource that is compiled for several hosts says everything several times.
    const key = JSON.stringify([file, line, column, path, code, message])
    if (this.#told.has(key)) return
    this.#told.add(key)
    this.#diagnostics.push({ severity, file, line, column, path, code, message })
  }

  /** Everything so far in reading order: files as they were given, lines upwards. */
  sorted(files: readonly string[]): readonly Diagnostic[] {
    const rank = new Map(files.map((file, i) => [file, i]))
    return this.#diagnostics.toSorted(
      (a, b) => (rank.get(a.file) ?? -1) - (rank.get(b.file) ?? -1) || a.line - b.line || a.column - b.column,
    )
  }
}

/** One diagnostic as a line for a terminal: `deploy/mesh.yaml:12:7 warning undefined-subset spec.http[0]: ...`. */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const { file, line, column, severity, code, path, message } = diagnostic
  return `${file}:${line}:${column} ${severity} ${code}${path === '' ? '' : ` ${path}`}: ${message}`
}
