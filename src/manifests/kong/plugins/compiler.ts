import type { PluginOptions } from '../../../config/plugins.js'
import type { CompileContext } from '../../context.js'
import type { Fields, Vocabulary } from '../../fields.js'

/** What a plugin's compiler is told beside its config. */
export interface PluginSource {
  readonly context: CompileContext
  /** Name of the KongPlugin. */
  readonly name: string
}

/** One of Kong's plugins, as a policy of a gateway route. */
export interface PluginCompiler {
  /** Kong's: the higher runs first. */
  readonly priority: number
  readonly vocabulary: Vocabulary
  /** Compiles the config, with Kong's defaults; undefined when an error was reported. */
  compile(config: Fields, source: PluginSource): PluginOptions | undefined
}
