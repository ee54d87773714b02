import { checkConfig } from '../config/check.js'
import { ConfigError, type Problem } from '../core/config-error.js'
import { type Diagnostic, type LoadedConfig, loadManifests } from '../manifests/index.js'
import { type Arguments, UsageError } from './arguments.js'

/** Options of every command that reads manifests. */
export const loadOptions = {
  namespace: { type: 'string' },
  strict: { type: 'boolean' },
  json: { type: 'boolean' },
} as const

/** Manifests that were read, and everything that is wrong with them. */
export interface LoadedManifests {
  readonly config: LoadedConfig
  readonly diagnostics: readonly Diagnostic[]
  /** What the config as a whole would be refused for, beyond the diagnostics. */
  readonly problems: readonly Problem[]
}

function problemsOf(config: LoadedConfig): readonly Problem[] {
  try {
    checkConfig(config)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
}

/** Reads manifests as a mesh would. */
export async function load(files: readonly string[], args: Arguments): Promise<LoadedManifests> {
  if (files.length === 0) throw new UsageError('no manifests are named')
  const config = await loadManifests(files, { namespace: args.text('namespace'), strict: args.flag('strict') })
  const { diagnostics } = config
  const isRefused = diagnostics.some(({ severity }) => severity === 'error')
  return { config, diagnostics, problems: isRefused ? [] : problemsOf(config) }
}
