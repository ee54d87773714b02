import type { PluginCompiler } from './compiler.js'
import { cors } from './cors.js'
import { jwt } from './jwt.js'
import { keyAuth } from './key-auth.js'
import { rateLimiting } from './rate-limiting.js'

/** The plugins that are honoured, by Kong's names. */
export const pluginCompilers: Readonly<Record<string, PluginCompiler>> = {
  cors,
  jwt,
  'key-auth': keyAuth,
  'rate-limiting': rateLimiting,
}
