import type { Problem } from '../core/config-error.js'
import type { Diagnostic } from '../manifests/index.js'
import { type Io, painted } from './io.js'
import type { LoadedManifests } from './load.js'

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

function diagnosticLine({ file, line, column, severity, path, message, code }: Diagnostic, io: Io): string {
  const word = painted(severity, severity === 'error' ? 'red' : 'yellow', io)
  const text = `${path === '' ? '' : `${path}: `}${message} ${painted(`(${code})`, 'dim', io)}`
  return `${file}:${line}:${column} ${word} ${text}\n`
}

function problemLine({ path, message }: Problem, io: Io): string {
  return `${painted('error', 'red', io)} ${path === '' ? '' : `${path}: `}${message} ${painted('(config)', 'dim', io)}\n`
}

/** How many errors there are. */
export function errorsIn({ diagnostics, problems }: LoadedManifests): number {
  return diagnostics.filter(({ severity }) => severity === 'error').length + problems.length
}

/** Everything that is wrong, a line each. */
export function formatFindings({ diagnostics, problems }: LoadedManifests, io: Io): string {
  return [
    ...diagnostics.map((one) => diagnosticLine(one, io)),
    ...problems.map((problem) => problemLine(problem, io)),
  ].join('')
}

/** How much is wrong, in one line. */
export function formatSummary(loaded: LoadedManifests): string {
  const errors = errorsIn(loaded)
  const warnings = loaded.diagnostics.filter(({ severity }) => severity === 'warning').length
  return `${counted(errors, 'error')}, ${counted(warnings, 'warning')}\n`
}
