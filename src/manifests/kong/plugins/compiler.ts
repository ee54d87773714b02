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
  /** Which field an option is made of, by the option's path; the first that an option's path begins with. */
  readonly fields: Readonly<Record<string, string>>
  /** Compiles the config, with Kong's defaults; undefined when an error was reported. */
  compile(config: Fields, source: PluginSource): PluginOptions | undefined
}
