import { MeshError } from './errors.js'

/** One thing that is wrong with a configuration. */
export interface Problem {
  /** Where, as the user would write it: `services.reviews.retry.on[1]`. */
  readonly path: string
  /** A sentence. */
  readonly message: string
  /** What was found, shortened; secrets are never shown. */
  readonly got?: string | undefined
  /** What would have been right. */
  readonly expected?: string | undefined
  /** The name that was probably meant. */
  readonly suggestion?: string | undefined
  /** Manifest that the value came from. */
  readonly file?: string | undefined
  /** 1-based. */
  readonly line?: number | undefined
}

function sentence(problem: Problem): string {
  const where = problem.file === undefined ? '' : `${problem.file}:${problem.line ?? 1} `
  const got = problem.got === undefined ? '' : ` (got ${problem.got})`
  const hint = problem.suggestion === undefined ? '' : `. Did you mean "${problem.suggestion}"?`
  return `${where}${problem.path === '' ? '' : `${problem.path}: `}${problem.message}${got}${hint}`
}

/** An invalid configuration, refused whole: `problems` lists everything that is wrong with it, not only the first. */
export class ConfigError extends MeshError {
  /** `ConfigError`. */
  override readonly name: string = 'ConfigError'
  /** At least one. */
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    super('ERR_MESH_CONFIG', problems.map(sentence).join('\n'))
    this.problems = problems
  }

  /** Holds across duplicate copies of the package. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof MeshError && value.code === 'ERR_MESH_CONFIG' && 'problems' in value
  }
}
